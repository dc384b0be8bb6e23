import Testing

@testable import Platform

@Suite struct LocalAccountsTests {
    private static let passwd = """
        root:x:0:0:root:/root:/bin/bash
        ops:x:1000:1000:,,,:/home/ops:/bin/bash
        1001:x:1002:1002::/home/number:/bin/sh
        twin:x:1000:1000::/home/twin:/bin/sh
        last:x:1001:1001::/home/last:

        """

    @Test(arguments: [
        ("ops", "/home/ops"), ("1000", "/home/ops"), ("twin", "/home/twin"), ("1001", "/home/last"), ("root", "/root"),
    ])
    func `a user is found by name or number, the first that has it`(name: String, home: String) throws {
        try with(["passwd": Self.passwd, "nsswitch.conf": "group: x\npasswd:\tfiles systemd\n"]) { folder in
            let fields = try #require(LocalAccounts(database: "passwd", in: folder)?.fields(of: name))
            #expect(fields[5] == home)
        }
    }

    @Test(arguments: ["", "nobody", "op", "x", "1002x", "7", "01000"])
    func `who is not there is asked for elsewhere`(name: String) throws {
        try with(["passwd": Self.passwd, "nsswitch.conf": "passwd: files\n"]) { folder throws in
            #expect(try #require(LocalAccounts(database: "passwd", in: folder)).fields(of: name) == nil)
        }
    }

    /// glibc passes over some of these lines, and reads others in its own way.
    @Test(arguments: [
        "+nis::::::", "#was:x:7:7::/:/bin/sh", "broken:x:zero:0::/:/bin/sh", " ops:x:5:5::/home/other:/bin/sh",
        "ops:x:01000:5::/home/other:/bin/sh", "ops:x:1000:1000", "ops:x:5:5::/home/other", "-ops",
        "one:x:5:5::/:/bin/sh:",
    ])
    func `a file with a line that is not plain is left to getent`(line: String) throws {
        try with(["passwd": "\(line)\n\(Self.passwd)", "nsswitch.conf": "passwd: files\n"]) { folder throws in
            #expect(LocalAccounts(database: "passwd", in: folder) == nil)
        }
    }

    @Test(arguments: [
        ("passwd: files systemd", true), ("passwd:files", false), ("passwd: sss files", false),
        ("passwd: compat", false), ("passwd:", false), ("# passwd: sss\n\npasswd: files", true), ("", false),
        ("group: files", false), ("passwd: files [SUCCESS=continue] sss", false), ("passwd: files", true),
        ("passwd: files [NOTFOUND=return] sss", true), ("passwd: files [!UNAVAIL=continue] sss", false),
        ("passwd: files [SUCCESS=merge] systemd", false),
    ])
    func `the file counts where the host asks it before all else`(line: String, counts: Bool) throws {
        try with(["passwd": Self.passwd, "nsswitch.conf": "\(line)\n"]) { folder in
            #expect((LocalAccounts(database: "passwd", in: folder) != nil) == counts)
        }
    }

    @Test func `a group is found in its own file, and a host without one has none`() throws {
        try with(["group": "adm:x:4:\nops:x:1000:a,b\n", "nsswitch.conf": "group: files systemd\n"]) { folder in
            #expect(LocalAccounts(database: "group", in: folder)?.fields(of: "ops") == ["ops", "x", "1000", "a,b"])
            #expect(LocalAccounts(database: "passwd", in: folder) == nil)
        }
    }

    @Test func `what is found so is what getent says`() async throws {
        for name in ["root", "0", "daemon", "nobody-has-this-name"] {
            let own = try await Account.lookUp(name)
            let fields = try await Subprocess.run(Command("/usr/bin/getent", ["passwd", "--", name])).output
                .byteLines.first?.parts(at: ":")
            #expect(own?.name == fields?[0].description && own?.home == fields?[5].description)
        }
    }

    private func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/accounts-tests-")
        defer { try? Folders.removeTree(folder) }
        for (name, text) in files { try Files.replace("\(folder)/\(name)", with: Array(text.utf8), mode: 0o644) }
        try body(folder)
    }
}
