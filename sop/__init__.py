"""The release procedure as plain data and rules: no I/O, no pulumi, no boto3."""
