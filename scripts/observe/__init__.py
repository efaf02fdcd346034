"""The observation after a deployment (SOP 4.6).

`windows` says what is looked at and when, `metrics` reads it, `journal` keeps it, `figures` judges it, `observer`
leads from one to the next. Windows and figures are pure; only the observer knows the time, and is given it.
"""
