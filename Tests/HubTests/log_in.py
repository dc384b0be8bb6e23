"""Logs in and out at a hub's page in a browser, and reads the audit log there; prints what is wrong.

    log_in.py URL NAME PASSWORD HOST [SHOTS]    of an operator, and a host that the hub knows
"""
import sys

import browser
from browser import call, expect, js, keys, shot, until

HUB, NAME, PASSWORD, HOST = sys.argv[1:5]
browser.SHOTS = sys.argv[5] if len(sys.argv) > 5 else None
SHOWN = "[...document.querySelectorAll('main')].filter((place) => !place.hidden).map((place) => place.id).join()"


def fill(name, password):
    js("document.getElementById('name').value = arguments[0]; document.getElementById('password').value = arguments[1]", name, password)
    js("document.getElementById('password').focus()")
    keys("\ue007")


def play():
    call("POST", f"{browser.SESSION}/url", {"url": HUB + "/#/hosts/" + HOST})
    until("who is not logged in sees the form alone", f"{SHOWN} === 'entrance' && document.activeElement.id === 'name'")
    expect("nothing of the fleet is there", HOST not in js("return document.body.innerText"))
    expect("the log-in of strangers is not called open", js("return document.getElementById('open').hidden"))
    shot("log-in")
    fill(NAME, "not the password")
    until("a wrong password is told", "document.getElementById('refused').textContent.includes('the name or the password is wrong')")
    expect("the password is gone from the form", js("return document.getElementById('password').value") == "")
    fill(NAME, PASSWORD)
    until("the right one leads to where the address pointed", f"{SHOWN} === 'host' && document.getElementById('host-name').textContent === arguments[0]", HOST)
    until("the page is live", "document.getElementById('connection').textContent === 'live'")
    expect("it says who looks", js("return document.getElementById('who').textContent") == f"{NAME}, operator")
    # The cookie is the browser's alone, and strict.
    expect("no script sees the cookie", js("return document.cookie") == "")
    cookies = call("GET", f"{browser.SESSION}/cookie")
    expect(f"one cookie: {cookies}", len(cookies) == 1 and cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict")
    # With __Host- the browser itself refuses one that is not secure, or not this very name's.
    secure = HUB.startswith("https:")
    expect(f"a secure one over TLS: {cookies}", cookies[0]["secure"] == secure and cookies[0]["name"].startswith("__Host-") == secure)
    js("location.hash = '#/'")
    until("the fleet is shown", f"{SHOWN} === 'fleet' && document.querySelectorAll('#hosts tr').length === 1")
    js("document.getElementById('to-audit').click()")
    until("the audit log is shown", f"{SHOWN} === 'audit' && document.querySelectorAll('#acts tr').length >= 3")
    until("with who logged in", "document.getElementById('acts').innerText.includes('logged in')")
    shot("audit")
    # A new page keeps the session.
    call("POST", f"{browser.SESSION}/url", {"url": HUB + "/"})
    until("a session outlives the page", f"{SHOWN} === 'fleet'")
    js("document.getElementById('log-out').click()")
    until("log-out leads to the form", f"{SHOWN} === 'entrance'")
    expect("and takes the fleet away", HOST not in js("return document.body.textContent"))
    expect("the cookie is gone", call("GET", f"{browser.SESSION}/cookie") == [])
    call("POST", f"{browser.SESSION}/url", {"url": HUB + "/#/audit"})
    until("the address of the audit log is no way around", f"{SHOWN} === 'entrance'")


browser.run(play)
