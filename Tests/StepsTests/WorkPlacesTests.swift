import HostConfig
import Glibc
import Platform
import Testing

@testable import Steps

@Suite struct WorkPlacesTests {
    @Test func `what a killed run left is found where it worked, even if the config leads elsewhere since`()
        async throws
    {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        try Folders.make("\(top)/root/bootstrap")
        try WorkPlaces(of: try await Self.host(top, data: "\(top)/first")).note()
        for path in ["first/.staging-set-1/content", "first/.host-bootstrap-restoring-2", "first/.staging-set-mine"] {
            try Folders.make("\(top)/\(path)")
        }
        #expect(Leftovers.remove(try await Self.host(top, data: "\(top)/second")) == [])
        #expect(try Folders.names(in: "\(top)/first") == [".staging-set-mine"])
        let noted = try Files.text("\(top)/root/bootstrap/work-places") ?? ""
        #expect(noted.contains("\(top)/first/") && noted.contains("\(top)/second/"))
    }

    @Test func `a place that cannot be looked at keeps no other from being cleaned, and is told`() async throws {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        let (bootstrap, loop) = ("\(top)/root/bootstrap", "\(top)/loop")
        try Folders.make("\(bootstrap)/state.json.1.2.new/full")
        try #require(symlink("loop", loop) == 0)
        try Files.replace("\(bootstrap)/work-places", with: Array("\(loop)/.staging-x-\n".utf8), mode: 0o600)
        for path in ["data/.staging-set-1/content", "root/bundles/project/.staging-bundle-2"] {
            try Folders.make("\(top)/\(path)")
        }
        try Files.replace("\(bootstrap)/lock.1.2.new", with: [], mode: 0o600)
        let troubles = Leftovers.remove(try await Self.host(top, data: "\(top)/data"))
        #expect(Set(troubles.map(\.subject)) == [loop, "\(bootstrap)/state.json.1.2.new"], "\(troubles)")
        #expect(try Folders.names(in: "\(top)/data") == [])
        #expect(try Folders.names(in: "\(top)/root/bundles/project") == [])
        #expect(try FileStatus.of("\(bootstrap)/lock.1.2.new") == nil)
    }

    @Test(arguments: ["/", "/first/", "/first", "/first/.staging", ""])
    func `a line that was cut short names no folder of anybody's, and goes`(line: String) async throws {
        let top = try Folders.makeTemporary(prefix: "/srv/steps-tests-")
        defer { try? Folders.removeTree(top) }
        let path = "\(top)/root/bootstrap/work-places"
        try Folders.make(Files.folder(of: path))
        for name in ["2024", "first/2024", "first2024", "first/.staging2024"] { try Folders.make("\(top)/\(name)") }
        try Files.replace(path, with: Array((line.isEmpty ? "x" : "\(top)\(line)").utf8), mode: 0o600)
        #expect(Leftovers.remove(try await Self.host(top, data: "\(top)/data")) == [])
        for name in ["2024", "first/2024", "first2024", "first/.staging2024"] {
            #expect(try FileStatus.of("\(top)/\(name)")?.kind == .folder, "\(name)")
        }
        let places = (try Files.text(path) ?? "").byteLines
        #expect(places.count == 2 && places.allSatisfy { $0.hasPrefix("\(top)/data/.") }, "\(places)")
    }

    private static func host(_ top: String, data: String) async throws -> Host {
        let text = """
            {"bootstrap_user": "nobody", "bootstrap_root": "\(top)/root", "host_id": "h", "data": [{"name": "index",
            "path": "\(data)", "url": "file://\(top)/x.tar.gz", "files": ["a.bin"]}]}
            """
        return try await Host.look(HostConfiguration.load(Array(text.utf8), file: "host.json").get())
    }
}
