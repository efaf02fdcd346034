"""IAM's rules, apart from any service: who may do what with which resource, and which statement says so.

`decide` is pure. What a call asks for is `calls`', whose tables are AWS's own reference and botocore's models.
"""
