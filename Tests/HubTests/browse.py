"""Looks at a hub's page in a browser; prints what is wrong.

    browse.py URL HOSTS.json [SHOTS]    HOSTS.json: {host: token}; SHOTS: a folder for screenshots
"""
import json, sys, urllib.request

import browser
from browser import call, expect, js, keys, scheme, shot, size, until

HUB, TOKENS = sys.argv[1], json.load(open(sys.argv[2]))
# In a roll-out to the group web, and has the label zone=a.
ROLLED = "host-12"
browser.SHOTS = sys.argv[3] if len(sys.argv) > 3 else None


def report(host, sequence, **more):
    body = {"host_id": host, "run_id": "r1", "sequence": sequence, "phase": "install", "percent": 10, "status": "running",
            "message": "working", "steps": [], "events": [], **more}
    request = urllib.request.Request(f"{HUB}/api/v1/hosts/{host}/status", data=json.dumps(body).encode(), headers={
        "Authorization": f"Bearer {TOKENS[host]}", "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def event(kind, second, step=None, **more):
    return {"time": f"2026-01-02T03:04:{second:06.3f}Z", "run_id": "r1", "host_id": "h", "event": kind,
            **({"step": step} if step else {}), **more}


EVENTS = [event("step_started", 1, "layout"), event("step_finished", 1.5, "layout", duration_ms=500, changed=True),
          event("step_started", 1.5, "apt-packages"), event("step_started", 1.5, "bundle-tools"),
          event("step_finished", 3, "bundle-tools", duration_ms=1500, changed=True),
          event("step_satisfied", 3, "data-index", duration_ms=1),
          event("step_failed", 9, "apt-packages", duration_ms=7500, changed=True, error="apt-get failed: no such package",
                hint="correct apt_packages in the config"),
          event("run_finished", 9.1, message="failed: apt-packages")]
LACKING = {"error": "data-index: its data did not come", "hint": "publish the archive again"}
NASTY = "<img src=x onerror=\"document.title='broken out'\"><script>document.title='broken out'</script>"


def browse():
    one, two, three = sorted(TOKENS)[:3]
    call("POST", f"{browser.SESSION}/url", {"url": HUB + "/"})
    until("all hosts are listed", "document.querySelectorAll('#hosts tr').length === arguments[0]", len(TOKENS))
    expect("it says that it is open to this machine", not js("return document.getElementById('open').hidden"))
    expect("nobody is asked to log in", js("return document.getElementById('entrance').hidden && document.getElementById('log-out').hidden"))
    until("it says that it is live", "document.getElementById('connection').textContent === 'live'")
    row = "[...document.querySelectorAll('#hosts tr')].find((row) => row.firstChild.textContent === arguments[0])"
    # Live, without loading anything again.
    js("window.untouched = true")
    report(one, 1, percent=42, message=NASTY)
    until("a report is shown", f"{row}?.textContent.includes('42 %')", one)
    expect("what a host reports is text", js(f"return {row}.textContent.includes('<script>')", one))
    report(two, 1, percent=60, status="failed", message="failed: apt-packages", events=EVENTS)
    until("a failure is shown with its hint", f"{row}?.textContent.includes('correct apt_packages')", two)
    expect("failed hosts come first", js("return document.querySelector('#hosts tr').firstChild.textContent") == two)
    # An end that is good but for something: a state of its own, with what is lacking.
    report(three, 1, percent=100, status="done", message="the host matches the config, except for data-index",
           steps=[{"id": "data-index", "status": "degraded"}],
           events=[event("step_finished", 2, "data-index", duration_ms=900, changed=False, status="degraded", **LACKING),
                   event("run_finished", 2.5, status="degraded", **LACKING)])
    until("what is lacking is shown with its hint", f"{row}?.textContent.includes('publish the archive again')", three)
    expect("it is called degraded", js(f"return {row}.children[1].textContent", three) == "degraded")
    expect("degraded hosts come after failed ones",
           js("return document.querySelectorAll('#hosts tr')[1].firstChild.textContent") == three)
    expect("degraded hosts are counted", js("return document.getElementById('count-degraded').textContent") == "1")
    shot("fleet-light")
    # By keyboard: / searches, Escape clears.
    keys("/")
    keys(two)
    shown = "[...document.querySelectorAll('#hosts tr')].filter((row) => !row.hidden).length"
    until("searching leaves what fits", f"{shown} === 1")
    keys("\ue00c")
    until("Escape shows all again", f"{shown} === arguments[0]", len(TOKENS))
    js("document.querySelector('input[value=failed]').click()")
    until("a status leaves what fits", f"{shown} === 1")
    js("document.querySelector('input[value=degraded]').click()")
    until("degraded alone leaves what fits", f"{shown} === 1 && !{row}.hidden", three)
    js("document.querySelector('input[value=\"\"]').click()")
    js(f"{row}.querySelector('a').focus()", two)
    keys("\ue007")
    until("Enter opens a host", "!document.getElementById('host').hidden && document.querySelectorAll('#steps li').length === 4")
    text = js("return document.getElementById('host').innerText")
    for words in (two, "apt-get failed: no such package", "correct apt_packages in the config", "7.5 s"):
        expect(f"a host's page has {words!r}", words in text)
    critical = js("return [...document.querySelectorAll('.bar.critical')].map((bar) => bar.title.split(':')[0])")
    expect(f"the critical path is layout, apt-packages: {critical}", critical == ["layout", "apt-packages"])
    bars = js("return [...document.querySelectorAll('.bar')].map((bar) => [bar.offsetLeft, bar.offsetWidth, bar.parentNode.offsetWidth])")
    expect(f"the long bar is long: {bars}", bars[1][1] > 0.8 * bars[1][2] or bars[2][1] > 0.8 * bars[2][2])
    expect("bars lie in their lanes", all(left + width <= lane + 4 for left, width, lane in bars))
    until("the log is shown", "document.getElementById('log').textContent.includes('step_failed')")
    shot("host-light")
    report(two, 1, run_id="r2", percent=100, status="done", message="the host matches the config", events=[event("run_finished", 20, message="second")])
    until("a host's page is live", "document.getElementById('host-state').textContent.includes('the host matches')")
    expect("what was mended is in sync, and there is nothing to do next",
           js("return document.querySelector('#host-state .status').textContent") == "in sync"
           and js("return document.getElementById('trouble').hidden"))
    until("its log too", "document.getElementById('log').textContent.includes('second')")
    scheme("dark")
    shot("host-dark")
    for width in (360, 768, 1280):
        size(width, 800)
        expect(f"a host's page fits {width} px", js("return document.documentElement.scrollWidth <= innerWidth"))
    size(360, 800)
    shot("host-360-dark")
    keys("\ue00c")
    until("Escape leads back", "!document.getElementById('fleet').hidden")
    until("the fleet is shown again", f"{shown} === arguments[0]", len(TOKENS))
    expect("the fleet fits 360 px", js("return document.documentElement.scrollWidth <= innerWidth"))
    shot("fleet-360-dark")
    js("location.hash = '#/rollouts'")
    until("a roll-out is shown with its waves and hosts", """[...document.querySelectorAll('#waves section')].some((one) =>
        one.innerText.includes('config new.json for web') && one.innerText.includes('1 host: 1 pending') && one.querySelector('a').innerText === arguments[0])""",
          ROLLED)
    expect("roll-outs fit 360 px", js("return document.documentElement.scrollWidth <= innerWidth"))
    shot("rollouts-360-dark")
    keys("\ue00c")
    until("Escape leads back from there", "!document.getElementById('fleet').hidden")
    js(f"{row}.scrollIntoView(); document.getElementById('words').value = 'zone=a'; show(false)", one)
    expect("labels are searched", js(f"return {shown}") == 1)
    js("document.getElementById('words').value = ''; show(false)")
    expect("nothing was loaded anew", js("return window.untouched === true"))
    expect("no text of a host ran", js("return document.title") != "broken out")
    # How long a thousand rows hold the page up.
    size(1280, 800)
    took = js("""
        const many = [...Array(1000).keys()].map((n) => ({host_id: `many-${n}`, run_id: "r", status: "running", state: "running", phase: "install",
            percent: n % 100, message: "m", updated_at: "2026-01-02T03:04:05Z", missing: [], steps: []}));
        let began = performance.now(); takeHosts(many); document.body.offsetHeight; const first = performance.now() - began;
        began = performance.now(); takeHosts(many); document.body.offsetHeight; const again = performance.now() - began;
        began = performance.now(); at("words").value = "many-77"; show(false); document.body.offsetHeight;
        return [first, again, performance.now() - began].map(Math.round)""")
    print(f"1,000 hosts: shown in {took[0]} ms, all changed in {took[1]} ms, searched in {took[2]} ms", file=sys.stderr)


browser.run(browse)
