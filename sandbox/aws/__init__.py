"""AWS on 127.0.0.1: moto, and our own services where moto stops short of AWS."""
