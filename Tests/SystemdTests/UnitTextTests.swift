import Platform
import Testing

@testable import Systemd

@Suite struct UnitTextTests {
    struct Case: CustomTestStringConvertible {
        let name: String, text: String
        /// `LINE: words`, of which the words need only be a part.
        let mistakes: [String]
        var testDescription: String { "\(name) \(text.debugDescription)" }

        init(_ name: String, _ text: String, _ mistakes: String...) {
            self.name = name
            self.text = text
            self.mistakes = mistakes
        }
    }

    static let wrong = [
        Case("a.service", "[Service]\nExecStart=bin/foo\n", "2: no absolute path"),
        Case("a.service", "[Service]\nExecStart=-@bin/foo x\n", "2: no absolute path"),
        Case("a.service", "[Service]\nExecStartPre=-./foo\nExecStart=/bin/true\n", "2: no absolute path"),
        Case("a.service", "[Service]\nExecStart=/bin/true\nBogus\n", "3: no \"=\""),
        Case("a.service", "A=1\n[Service]\nExecStart=/bin/true\n", "1: before any section"),
        Case("a.service", "[Service]\nExecStart=/bin/true\n[Service\n", "3: no closing bracket"),
        Case("a.service", "[Service]\nExecStart=/bin/true\n[Timer]\nOnCalendar=daily\n", "3: [Timer] is no section"),
        Case("a.service", "[service]\nExecStart=/bin/true\n", "1: [service] is no section", "1: no ExecStart="),
        Case("a.service", "[Unit]\nDescription=x\n", "1: no ExecStart="),
        Case("a.service", "[Service]\nExecStart=/bin/true\nExecStart=\n", "1: no ExecStart="),
        Case("a.service", "[Service]\nType=oneshot\nExecStop=/bin/true\n", "1: no ExecStart="),
        Case("a.service", "[Service]\nExecStart=/bin/true\nExecStart=/bin/false\n", "3: only Type=oneshot"),
        Case(
            "a.service", "[Service]\nType=oneshot\nExecStart=/bin/true\nRestart=always\n",
            "4: may not have Restart=always"),
        Case("a.service", "[Service]\nType=dbus\nExecStart=/bin/true\n", "2: needs BusName="),
        Case("a.service", "[Service]\nType=demon\nExecStart=/bin/true\n", "2: none of simple"),
        Case("a.service", "[Service]\nRestart=sometimes\nExecStart=/bin/true\n", "2: none of no"),
        Case("a.service", "[Service]\nExecStart=/bin/echo \"a\n", "2: a quote"),
        Case("a.service", "[Service]\nExecStartPre=/bin/echo it's\nExecStart=/bin/true\n", "2: a quote"),
        Case("a.service", "[Service]\nExecStart=/bin/sh -c \\\n# a comment\n  'echo a\n", "2: a quote"),
        Case("a.timer", "[Timer]\nUnit=b.service\n", "1: no setting says when"),
        Case("a.socket", "[Socket]\nAccept=no\n", "1: nothing to listen on"),
        Case("a.path", "[Path]\nUnit=b.service\n", "1: no path to watch"),
    ]

    static let right = [
        Case("a.service", "# x\n; y\n\n[Unit]\nDescription = a = b\n[X-Ours]\nZ=1\n[Service]\nExecStart=/bin/true\n"),
        Case("a.service", "[Service]\r\nExecStart=/bin/true\r\n"),
        Case("a.service", "[Service]\nExecStart=true\n"),
        Case("a.service", "[Service]\nExecStart=-/bin/sh -c 'echo \"a\\'b\"'\n"),
        Case("a.service", "[Service]\nExecStart=!!/bin/sh -c \"it's\"\n"),
        Case(
            "a.service",
            "[Service]\nExecStart=/bin/echo \\\n  \"a\" \\\n# between\n  'b'\n[Install]\nWantedBy=x.target\n"),
        Case("a.service", "[Service]\nType=oneshot\nExecStart=/bin/true\nExecStart=/bin/true\nRestart=on-failure\n"),
        Case("a.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true\n"),
        Case("a.service", "[Service]\nExecStart=/bin/false\nExecStart=\nExecStart=/bin/true\n"),
        Case("a.service", "[Service]\nBusName=org.example.A\nExecStart=/bin/true\n"),
        Case("a.service", "[Service]\nExecStart=%h/bin/x\n"),
        Case("a.timer", "[Timer]\nOnCalendar=daily\n"), Case("a.socket", "[Socket]\nListenStream=80\n"),
        Case("a.path", "[Path]\nPathExists=/x\n"),
    ]

    @Test(arguments: wrong + right)
    func `what is surely wrong with a unit's text is told with its line, and nothing else`(one: Case) throws {
        let found = UnitText.mistakes(in: one.text, of: try UnitName(one.name))
        #expect(found.count == one.mistakes.count, "\(found)")
        for (mistake, wanted) in zip(found, one.mistakes) {
            let parts = wanted.split(separator: ":", maxSplits: 1)
            #expect("\(mistake.line)" == parts[0])
            #expect(mistake.words.contains(parts[1].dropFirst()), "\(mistake)")
        }
    }

    @Test(
        .enabled(if: Files.isAccessible("/usr/bin/systemd-analyze", 1), "needs systemd-analyze"),
        arguments: wrong + right)
    func `systemd itself refuses a text where a mistake is called fatal, and no other`(one: Case) async throws {
        let unit = try UnitName(one.name)
        let folder = try Folders.makeTemporary(prefix: "/tmp/unit-text-")
        defer { try? Folders.removeTree(folder) }
        try Files.replace("\(folder)/\(unit)", with: Array(one.text.utf8), mode: 0o644)
        // A timer or path needs something to start.
        for other in ["a.service", "b.service"] where other != one.name {
            try Files.replace("\(folder)/\(other)", with: Array("[Service]\nExecStart=/bin/true\n".utf8), mode: 0o644)
        }
        let command = Command("/usr/bin/systemd-analyze", ["verify", "--man=no", "\(folder)/\(unit)"])
        let words = try await Subprocess.run(command, timeout: .seconds(300)).errors
        let isRefused =
            words.contains("Unit \(unit) has a bad unit file setting.")
            || words.contains("\(unit) failed to load properly")
        let mistakes = UnitText.mistakes(in: one.text, of: unit)
        #expect(isRefused == mistakes.contains(where: \.isFatal), "\(words)")
        if isRefused { #expect(!UnitVerification.complaints(about: unit, in: words).isEmpty, "\(words)") }
        // What is not fatal is told by systemd, too: nothing is made up.
        if mistakes.contains(where: { !$0.isFatal }) { #expect(words.contains("gnor"), "\(words)") }
    }

    @Test func `what starts a unit is found by its text, or by its name`() throws {
        let timer = try UnitName("a.timer")
        #expect(UnitText("[Timer]\nOnCalendar=daily\n").started(by: timer) == "a.service")
        #expect(UnitText("[Timer]\nUnit=b.service\n").started(by: timer) == "b.service")
        #expect(UnitText("[Socket]\nService=c.service\n").started(by: try UnitName("a.socket")) == "c.service")
        #expect(UnitText("[Service]\nExecStart=/x\n").started(by: try UnitName("a.service")) == nil)
    }

    @Test(arguments: [
        ("Type=oneshot\n", true), ("Type=oneshot\nRemainAfterExit=On\n", false),
        ("Type=oneshot\nRemainAfterExit=yes\nRemainAfterExit=no\n", true), ("Type=exec\n", false), ("", true),
    ])
    func `a oneshot ends by itself, unless it is to count as active afterwards`(lines: String, endsByItself: Bool) {
        #expect(UnitText("[Service]\n\(lines)").endsByItself == endsByItself)
    }

    @Test(arguments: [
        ("", true), ("WantedBy=timers.target\n", false), ("WantedBy=x.target\nWantedBy=\n", true),
        ("Also=b.socket\n", false),
        ("Alias=b.service\n", false),
    ])
    func `what nothing asks to be enabled is static`(lines: String, isStatic: Bool) {
        #expect(UnitText("[Service]\nExecStart=/bin/true\n[Install]\n\(lines)").isStatic == isStatic)
        #expect(UnitText("[Service]\nExecStart=/bin/true\n").isStatic)
    }
}
