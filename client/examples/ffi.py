#!/usr/bin/env python3
"""ffi.py LIBRARY: libazblob from Python, by ctypes alone."""
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])


def declare(name, result, *arguments):
    function = getattr(lib, name)
    function.restype = result
    function.argtypes = arguments
    return function


pointer, text = ctypes.c_void_p, ctypes.c_char_p
connect = declare("azblob_connect", ctypes.c_int, pointer, pointer, pointer)
call = declare("azblob_call", ctypes.c_int, pointer, text, pointer, pointer, pointer)
close = declare("azblob_close", None, pointer)
error_new = declare("azblob_error_new", pointer)
error_free = declare("azblob_error_free", None, pointer)
error_code = declare("azblob_error_code", text, pointer)
value_get = declare("azblob_value_get", pointer, pointer, text)
value_bool = declare("azblob_value_bool", ctypes.c_int, pointer, ctypes.c_int)
value_free = declare("azblob_value_free", None, pointer)
params_new = declare("azblob_params_new", pointer)
params_str = declare("azblob_params_str", None, pointer, text, text)
params_free = declare("azblob_params_free", None, pointer)
service_open = declare("azblob_service_open", pointer, pointer, pointer)
service_close = declare("azblob_service_close", None, pointer)
container_open = declare("azblob_container_open", pointer, pointer, text)
container_close = declare("azblob_container_close", None, pointer)
get_properties = declare("azblob_container_get_container_properties", ctypes.c_int, pointer,
                         pointer, pointer, pointer)

err, connection, result = error_new(), pointer(), pointer()
if connect(None, ctypes.byref(connection), err) < 0:
    sys.exit(error_code(err).decode())

params = params_new()
params_str(params, b"client_name", b"ffi.py")
if call(connection, b"rpc.ping", params, ctypes.byref(result), err) < 0:
    sys.exit(error_code(err).decode())
print("pong" if value_bool(value_get(result, b"pong"), 0) else "no pong")
value_free(result)
params_free(params)

service = service_open(connection, None)
container = container_open(service, b"example-ffi")
if get_properties(container, None, None, err) < 0:
    print(error_code(err).decode())
container_close(container)
service_close(service)
close(connection)
error_free(err)
