import Platform
import Support
import Testing

@testable import Hub

@Suite struct ShellWordTests {
    @Test func `a real shell reads back exactly the words, and runs nothing`() async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/shell-word-")
        defer { try? Folders.removeTree(folder) }
        let texts = MarkedTexts.all + MarkedTexts.attacks("touch \(folder)/run") + ["", "-n", "/a/b-1.0+x"]
        let (words, quoted) = (texts + texts, texts.map(ShellWord.quoted) + texts.map(ShellWord.plain))
        let script = quoted.map { "printf '%s\\0' \($0)" }.joined(separator: "\n")
        for shell in [["/bin/dash"], ["/bin/bash"], ["/bin/busybox", "sh"]] {
            let result = try await Subprocess.run(
                Command(shell[0], shell.dropFirst() + ["-eu"], input: Array("\(script)\n".utf8)))
            let read = result.output.parts(at: "\0").dropLast()
            #expect(read.count == words.count, "\(result.errors)")
            for (word, found) in zip(words, read) { #expect(found.hasSameBytes(as: word), "\(word.debugDescription)") }
        }
        #expect(try Folders.names(in: folder) == [])
    }

    @Test(arguments: MarkedTexts.marks)
    func `no setting of a config ends the quotation it is pinned in`(mark: String) async throws {
        let evil = "/x'\(mark); touch /tmp/shell-word-run; '\(mark)"
        let config = Array(#"{"bootstrap_user": "nobody", "bootstrap_root": "\#(evil)"}"#.utf8)
        let stub = PinnedStub(
            host: try HostID("h1"), config: config, hub: try HubURL("https://hub"), binaries: [:],
            stub: Array("printf %s \"$BOOTSTRAP_ROOT\"\n".utf8))
        let result = try await Subprocess.run(Command("/bin/sh", [], input: stub.script))
        #expect(result.output.hasSameBytes(as: evil), "\(result.errors)")
        #expect(try FileStatus.of("/tmp/shell-word-run") == nil)
    }

    @Test(arguments: MarkedTexts.marks)
    func `an address is taken apart by bytes`(mark: String) {
        #expect(RequestPath.decoded(parameter: "a+\(mark)b")?.utf8.elementsEqual("a \(mark)b".utf8) == true)
        #expect(RequestPath.parts(of: "/a/../\(mark)b") == nil)
        #expect(RequestPath.parts(of: "/\(mark)a/b")?.count == 2)
    }
}
