import Digests
import HostConfig
import Platform
import Testing

@testable import FirstConfig

@Suite struct UpdateTests {
    private static func project(_ version: String) -> String { #"{"version": "\#(version)", "main": "a.js"}"# }
    private static let files = ["package.json": project("1.0.0"), "a.js": ""]

    @Test func `a new version changes address, digest and length in the config, and no other byte`() throws {
        try Beginner.with(Self.files) { beginner in
            try beginner.begin()
            // As an editor leaves it: other indentation, an escape, fields of one's own.
            let edited = try #require(try beginner.text("host.json"))
                .replacingBytes("\"url\": \"file:", with: "\"url\"  :\t\"fi\\u006ce:")
                .replacingBytes("{\n  \"bootstrap_user\"", with: "{ \"parallel\": false,\n\n  \"bootstrap_user\"")
            try beginner.write("host.json", edited, mode: 0o640)
            try beginner.write("web/package.json", Self.project("1.1.0"))
            let old = try beginner.config()
            let written = try beginner.update()
            #expect(
                written.files.map(\.path)
                    == ["web-1.1.0.tar.zst", "web-1.1.0.tar.zst.sha256", "host.json"].map { "\(beginner.top)/\($0)" })
            let new = try beginner.config()
            let source = try #require(new.bundleSlots.first?.source(for: .x86_64))
            let before = try #require(old.bundleSlots.first?.source(for: .x86_64))
            let packed = try #require(try FileStatus.of("\(beginner.top)/web-1.1.0.tar.zst"))
            #expect(source.url.text == "file://\(beginner.top)/web-1.1.0.tar.zst" && source.size == Int(packed.size))
            #expect(source.digest?.hex == written.archive?.digest && source.digest != before.digest)
            let back = try #require(try beginner.text("host.json"))
                .replacingBytes(source.url.text, with: "fi\\u006ce://\(beginner.top)/web-1.0.0.tar.zst")
                .replacingBytes(source.digest?.hex ?? "", with: before.digest?.hex ?? "")
                .replacingBytes("\"size\": \(packed.size)", with: "\"size\": \(before.size ?? 0)")
            #expect(back == edited)
            #expect(try FileStatus.of("\(beginner.top)/host.json")?.mode == 0o640)
            #expect(try beginner.snapshot().keys.contains("web-1.0.0.tar.zst"))
        }
    }

    @Test func `without a change nothing is written, and an update that was cut off is taken up`() throws {
        try Beginner.with(Self.files) { beginner in
            try beginner.begin()
            let first = try beginner.snapshot()
            #expect(try beginner.update().files.isEmpty)
            #expect(try beginner.snapshot() == first)
            try beginner.write("web/package.json", Self.project("1.1.0"))
            try beginner.update()
            let whole = try beginner.snapshot()
            try Files.replace("\(beginner.top)/host.json", with: #require(first["host.json"]), mode: 0o644)
            #expect(try beginner.update().files.map(\.path) == ["\(beginner.top)/host.json"])
            #expect(try beginner.snapshot() == whole)
        }
    }

    @Test func `other content of a version that is there is refused, and taken under a version of its own`() throws {
        try Beginner.with(Self.files) { beginner in
            try beginner.begin()
            try beginner.write("web/a.js", "new")
            let before = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) { try beginner.update() }
            guard case .notUpdated("\(beginner.top)/web-1.0.0.tar.zst", _, _) = error else { throw error }
            #expect(try beginner.snapshot() == before)
            try beginner.update(version: "1.0.1")
            #expect(
                try beginner.config().bundleSlots.first?.source(for: .x86_64)?.url.text.hasSuffix("/web-1.0.1.tar.zst")
                    == true)
        }
    }

    /// What the config's bundle is instead, as text.
    @Test(arguments: [
        #""web": "file:///x.tar""#, #""other": {"url": "file:///x.tar", "checksum": "DIGEST"}"#,
        #""web": {"url": "file:///x.tar", "checksum": "DIGEST", "mirrors": ["file:///y.tar"]}"#,
        #""web": {"architectures": {"x86_64": {"url": "file:///x.tar", "checksum": "DIGEST"}}}"#,
        #""web": {"url": "https://x/y.tar?web-1.tar", "checksum": "DIGEST"}"#, #""web": 7"#,
    ])
    func `a config with another kind of entry is left to its author`(bundles: String) throws {
        try Beginner.with(Self.files) { beginner in
            let entry = bundles.replacingBytes("DIGEST", with: String(repeating: "a", count: 64))
            try beginner.write(
                "host.json",
                #"{"bootstrap_user": "ops", "bootstrap_root": "/home/ops/x", "host_id": "h", "bundles": {\#(entry)}}"#)
            try beginner.write("web/manifest.json", #"{"name": "web"}"#)
            let before = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) { try beginner.update() }
            guard case .notUpdated = error else { throw error }
            #expect(try beginner.snapshot() == before)
        }
    }
}
