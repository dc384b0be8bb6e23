"""Drives headless Chromium by the WebDriver protocol (w3.org/TR/webdriver2); what is wrong is gathered and printed."""
import base64, json, os, shutil, subprocess, sys, tempfile, time, urllib.request

SHOTS = None
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
wrong = []


def call(method, path, body=None):
    request = urllib.request.Request(DRIVER + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


def js(script, *arguments):
    return call("POST", f"{SESSION}/execute/sync", {"script": script, "args": list(arguments)})


def until(what, script, *arguments, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if js(f"return Boolean({script})", *arguments):
            return
        time.sleep(0.05)
    wrong.append(f"{what}: not within {seconds} s")


def expect(what, good):
    if not good:
        wrong.append(what)


def size(width, height):
    call("POST", f"{SESSION}/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})


def scheme(name):
    call("POST", f"{SESSION}/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
        "features": [{"name": "prefers-color-scheme", "value": name}]}})


def shot(name):
    if SHOTS:
        with open(f"{SHOTS}/{name}.png", "wb") as file:
            file.write(base64.b64decode(call("GET", f"{SESSION}/screenshot")))


def keys(text):
    call("POST", f"{SESSION}/actions", {"actions": [{"type": "key", "id": "k", "actions": [
        {"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]}]})


def run(play):
    """Plays in a browser of its own, and ends with 1 if anything was wrong."""
    global DRIVER, SESSION
    home = tempfile.mkdtemp()
    driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, "HOME": home, "TMPDIR": home})
    try:
        for line in driver.stdout:
            if "on port " in line and "started" in line:
                DRIVER = f"http://127.0.0.1:{line.rsplit('port ', 1)[1].strip().rstrip('.')}"
                break
        started = call("POST", "/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={home}/profile",
                     "--window-size=1280,800"]}}}})
        SESSION = f"/session/{started['sessionId']}"
        try:
            play()
        finally:
            call("DELETE", SESSION)
    finally:
        driver.terminate()
        driver.wait()
        shutil.rmtree(home, ignore_errors=True)
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)
