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
        (tail, "cannot open [the] database: no such file"),
        ("2026-11-21T11:34:45+0000 systemd[1]: Failed to start it.\n", "Failed to start it."),
        ("2026-11-21T11:34:45+0000 systemd[120]: a user's systemd\n", "a user's systemd"),
        ("", nil), ("-- No entries --\n", nil),
    ])
    func `a service's own last words come before what systemd says of it`(tail: String, words: String?) {
        #expect(Journal.lastWords(in: tail) == words)
    }
}
