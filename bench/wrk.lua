-- What wrk sends: $WRK_METHOD, with a body of 1 KiB when that is PUT.
wrk.method = os.getenv("WRK_METHOD")
if wrk.method == "PUT" then
    wrk.body = ("x"):rep(1024)
end
