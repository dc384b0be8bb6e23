import JSON
import Platform
import Testing

@testable import Systemd

@Suite struct JournalTests {
    private static let tail = """
        2026-11-21T11:34:44+0000 systemd[1]: Started project-host.service - Project host.
        2026-11-21T11:34:44+0000 sh[812]: cannot open [the] database: no such file
            and more of it
        2026-11-21T11:34:44+0000 systemd[1]: project-host.service: Main process exited, code=exited, status=3
        2026-11-21T11:34:45+0000 systemd[1]: Failed to start project-host.service - Project host.

        """

    @Test(arguments: [
        (tail, "it last wrote: cannot open [the] database: no such file"),
        ("2026-11-21T11:34:45+0000 systemd[120]: a user's systemd\n", "it last wrote: a user's systemd"),
        (
            """
            2026-11-21T11:34:44.000Z node[7]: Error: an older one
            2026-11-21T11:34:45.000Z node[8]: Error: listen EADDRINUSE: address already in use 127.0.0.1:9100
            2026-11-21T11:34:45.000Z node[8]:     at Server.setupListenHandle [as _listen2] (node:net:1940:16)
            2026-11-21T11:34:45.000Z node[8]:     at emitErrorNT (node:net:1976:8)
            2026-11-21T11:34:45.001Z systemd[1]: a.service: Failed with result 'exit-code'.
            """,
            "it last wrote: at emitErrorNT (node:net:1976:8); before that: "
                + "Error: listen EADDRINUSE: address already in use 127.0.0.1:9100"
        ),
        (
            """
            2026-11-21T11:34:45.000Z python3[8]:   File "/x/shop.py", line 3, in <module>
            2026-11-21T11:34:45.000Z python3[8]: ModuleNotFoundError: No module named 'flask'
            """, "it last wrote: ModuleNotFoundError: No module named 'flask'"
        ),
        (
            """
            2026-11-21T11:34:44.000Z systemd[1]: Starting a.service - A…
            2026-11-21T11:34:44.001Z systemd[1]: a.service: Failed to load environment files: No such file or directory
            2026-11-21T11:34:44.002Z systemd[1]: a.service: Failed to run 'start' task: No such file or directory
            2026-11-21T11:34:44.003Z systemd[1]: a.service: Failed with result 'resources'.
            2026-11-21T11:34:44.004Z systemd[1]: Failed to start a.service - A.
            """, "systemd says: a.service: Failed to load environment files: No such file or directory"
        ),
        ("2026-11-21T11:34:45+0000 systemd[1]: Failed to start it.\n", nil), ("", nil), ("-- No entries --\n", nil),
    ])
    func `a service's own last words come before systemd's reason, and what is no reason is not quoted`(
        tail: String, words: String?
    ) {
        #expect(Journal.quotation(of: tail) == words)
    }

    @Test func `of a user's own unit, what that user's systemd says is systemd's`() {
        let own = UnitScope.user(number: 7, home: "/home/u")
        let tail = """
            2026-11-21T11:34:44.000Z systemd[120]: a.service: Failed to load environment files: No such file or directory
            2026-11-21T11:34:45.000Z systemd[120]: Failed to start a.service.
            """
        let words = "a.service: Failed to load environment files: No such file or directory"
        #expect(Journal.quotation(of: tail, in: own) == "systemd says: \(words)")
        #expect(Journal.quotation(of: "x sh[7]: its own\n\(tail)", in: own) == "it last wrote: its own")
    }

    @Test func `entries come as lines, and those of the invocation before are known`() throws {
        let lines = [
            #"{"__REALTIME_TIMESTAMP":"1700000000123456","MESSAGE":"old","SYSLOG_IDENTIFIER":"a","_PID":"7","_SYSTEMD_INVOCATION_ID":"aa"}"#,
            #"{"__REALTIME_TIMESTAMP":"1700000001000000","MESSAGE":"two\nlines","_COMM":"sh","_PID":"8"}"#,
            #"{"__REALTIME_TIMESTAMP":"1700000002000000","MESSAGE":[27,104,105],"SYSLOG_IDENTIFIER":"systemd","_PID":"1","INVOCATION_ID":"aa"}"#,
        ]
        let entries = try lines.map { try Journal.Entry(json: Array($0.utf8)) }
        #expect(entries.map { $0.belongs(to: "aa") } == [true, false, true])
        #expect(entries.map { $0.belongs(to: "") } == [false, false, false])
        #expect(
            Journal.text(entries) == """
                2023-11-14T22:13:20.123Z a[7]: old
                2023-11-14T22:13:21.000Z sh[8]: two
                    lines
                2023-11-14T22:13:22.000Z systemd[1]: \u{1b}hi

                """)
    }
}
