import Platform
import Testing

@testable import Bundles

@Suite struct DriftTests {
    /// What may happen to an installed tree, as a shell does it, and the words for it.
    @Test(arguments: [
        ("rm bin/tool", "bin/tool is missing"), ("rm -r bin", "bin is missing"),
        ("chmod 700 bin/tool", "bin/tool has another mode"), ("chmod 4755 bin/tool", "bin/tool has another mode"),
        ("chmod 700 share", "share has another mode"), ("echo >> share/data", "share/data has another length"),
        ("printf DATA > share/data; touch -d 2001-01-01 share/data", "share/data has other content"),
        ("rm share/data; mkdir share/data", "share/data is a folder"),
        ("rm share/data; ln -s /etc/hostname share/data", "share/data is a link"),
        ("mv bin other; ln -s other bin", "bin is a link"),
        ("echo >> manifest.json", "manifest.json has another length"),
        ("rm share/data; mkfifo share/data", "share/data is a other"),
    ])
    func `damage is seen`(damage: String, words: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            try await shell(damage, shelf)
            #expect(try shelf.drift() == words)
        }
    }

    @Test(arguments: ["touch share/new", "mkdir -p a/b; touch a/b/c", "touch share/data", "ln -s x y", "true"])
    func `what was added, or only touched, is no drift`(change: String) async throws {
        try await Shelf.with { shelf async throws in
            try await shelf.installFirst()
            try await shell(change, shelf)
            #expect(try shelf.drift() == nil)
        }
    }

    @Test func `a link that points elsewhere is drift`() async throws {
        try await Shelf.with { shelf async throws in
            let tree = "\(shelf.top)/linked"
            try Folders.make(tree)
            try Files.replaceLink("\(tree)/l", target: "a")
            try Files.replace("\(tree)/f", with: [], mode: 0o644)
            let path = "\(shelf.top)/published/tool.tar.gz"
            let packed = try await Subprocess.run(Command("/usr/bin/tar", ["-C", tree, "-czf", path, "."]))
            try #require(packed.succeeded)
            try await shelf.install(shelf.wanted(.none, version: "1.0"))
            #expect(try shelf.drift() == nil)
            try Files.replaceLink("\(shelf.root)/tool/1.0/l", target: "/etc")
            #expect(try shelf.drift() == "l points elsewhere")
        }
    }

    @Test func `a folder that is missing is named once, whatever was in it`() async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            try await shell("rm -r share; chmod 0700 bin/tool", shelf)
            let found = try record.drifts(in: shelf.store.folder("tool", "1.0"), TreeCheck())
            #expect(found.sorted() == ["bin/tool has another mode", "share is missing"])
        }
    }

    @Test func `only the paths that are asked for count`() async throws {
        try await Shelf.with { shelf async throws in
            let record = try await shelf.installFirst()
            try await shell("rm share/data", shelf)
            let folder = shelf.store.folder("tool", "1.0")
            #expect(try record.drifts(in: folder, TreeCheck()) { $0 == "bin/tool" }.first == nil)
            #expect(try record.drifts(in: folder, TreeCheck()) { $0 == "share/data" }.first == "share/data is missing")
        }
    }

    private func shell(_ line: String, _ shelf: Shelf) async throws {
        let command = Command(
            "/bin/sh", ["-ec", line], workingDirectory: shelf.store.folder("tool", "1.0"))
        let result = try await Subprocess.run(command)
        try #require(result.succeeded, "\(result.errors)")
    }
}
