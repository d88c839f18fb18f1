"""The only package that knows every concrete class; heavy ones are imported when asked for."""
