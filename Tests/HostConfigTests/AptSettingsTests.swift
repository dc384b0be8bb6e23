import Digests
import HostConfig
import Platform
import Testing

@Suite struct AptSettingsTests {
    private static func source(_ changes: String = "", key: String = #"{"url": "https://h/k", "sha256": "\#(digest)"}"#)
        -> String
    {
        #"{"name": "own", "uris": ["https://h/deb"], "suites": ["stable"], "components": ["main"], "key": \#(key)\#(changes)}"#
    }

    private static let digest = String(repeating: "a", count: 64)

    @Test func `a source has a key, by address and digest or as it is`() throws {
        let text = try ConfigFile.example("full")
        let sources = try HostConfiguration.load(text, file: "host.json").get().apt.sources
        #expect(sources.map(\.source.name) == ["docker", "example"])
        #expect(sources[1].source.suites == ["./"] && sources[1].source.components == [])
        guard case .fetched(let url, let digest) = sources[0].key, case .given(let key) = sources[1].key else {
            return #expect(Bool(false), "\(sources)")
        }
        #expect(url.text == "https://download.docker.com/linux/ubuntu/gpg" && digest.hex.hasPrefix("1500c1f5"))
        #expect(key.starts(with: "-----BEGIN PGP PUBLIC KEY BLOCK-----".utf8))
    }

    @Test(arguments: [
        (#"{"name": "own"}"#, ["missing field \"uris\"", "missing field \"suites\"", "missing field \"key\""]),
        (source(#", "trusted": true"#), ["sources[0]: unknown field \"trusted\""]),
        (source(key: "{}"), ["sources[0].key: missing field \"url\"", "missing field \"sha256\""]),
        (source(key: #"{"url": "https://h/k"}"#), ["sources[0].key: missing field \"sha256\""]),
        (
            source(key: #"{"url": "http://h/k", "sha256": "\#(digest)"}"#),
            ["key.url: expected a URL with https:, file:, or http: to a loopback address"]
        ),
        (source(key: #"{"content": "x"}"#), ["sources[0].key.content: expected a public key in OpenPGP's armor"]),
        ("\(source()), \(source())", ["sources[1]: \"own\" is listed twice"]),
        (
            #"{"name": "Own", "uris": ["https://u:secret-word@h/"], "suites": ["a b"], "components": ["-"], "key": null}"#,
            [
                "sources[0].name: expected a name", "uris[0]: expected an https:, http: or file: URL without user",
                "suites[0]: expected a suite", "components[0]: expected a component", "key: expected an object",
            ]
        ),
        (
            #"{"name": "a", "uris": ["file:///srv"], "suites": ["a"], "key": {"url": "https://h/k", "sha256": "\#(digest)"}}"#,
            ["suites: \"components\" are missing"]
        ),
    ])
    func `each mistake has its own words and place, and shows no address`(sources: String, words: [String]) {
        let complaints = ConfigFile.complaints(ConfigFile.text("\"apt\": {\"sources\": [\(sources)]}"))
        #expect(complaints.count == words.count, "\(complaints)")
        #expect(words.allSatisfy { word in complaints.contains { $0.contains(word) } }, "\(complaints)")
        #expect(!complaints.joined().contains("secret-word"))
    }

    @Test func `what is held is a package's name, without a version`() throws {
        let held = try ConfigFile.load(#""apt": {"hold": ["jq", "libc6:amd64", "jq"]}"#).apt.hold
        #expect(held.map(\.description) == ["jq", "libc6:amd64"])
        let complaints = ConfigFile.complaints(ConfigFile.text(#""apt": {"hold": ["jq=1.6"]}"#))
        #expect(
            complaints.count == 1 && complaints[0].contains("apt.hold[0]: expected a package as NAME"), "\(complaints)")
    }

    @Test func `what must not be there is a package's name, without a version`() throws {
        let absent = try ConfigFile.load(#""apt": {"absent": ["snapd", "libc6:i386", "snapd"]}"#).apt.absent
        #expect(absent.map(\.description) == ["snapd", "libc6:i386"])
    }

    @Test(arguments: [
        (#""apt": {"absent": ["jq=1"]}"#, #"apt.absent[0]: expected a package as NAME"#),
        (#""apt_packages": ["jq=1"], "apt": {"absent": ["jq"]}"#, #"apt.absent[0]: "jq": it stands in "apt_packages""#),
        (#""apt": {"absent": ["mc", "jq"], "hold": ["jq:all"]}"#, #"apt.absent[1]: "jq": it stands in "hold", too"#),
        (
            #""arch": "x86_64", "apt_packages": ["jq"], "apt": {"absent": ["jq:amd64"]}"#,
            #"apt.absent[0]: "jq:amd64": it stands in "apt_packages""#
        ),
    ])
    func `no package is wanted and unwanted`(members: String, words: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text(members))
        #expect(complaints.count == 1 && complaints[0].contains(words), "\(complaints)")
    }

    @Test(arguments: [
        (#"{"url": "https://h/a.deb"}"#, ["debs[0]: missing field \"sha256\""]),
        (
            #"{"url": "http://h/a.deb", "sha256": "x"}"#,
            ["debs[0].url: expected a URL with https:, file:, or http: to a loopback", "debs[0].sha256: expected 64"]
        ),
        (
            #"{"url": "https://h/a", "sha256": "\#(digest)"}, {"url": "https://h/b", "sha256": "\#(digest)"}"#,
            ["debs[1].sha256: the file with this digest is listed twice"]
        ),
        (
            #"{"url": "https://h/a.deb", "sha256": "\#(digest)", "name": "a"}"#, ["debs[0]: unknown field \"name\""]
        ),
    ])
    func `a package file has an address and a digest`(files: String, words: [String]) {
        let complaints = ConfigFile.complaints(ConfigFile.text("\"apt\": {\"debs\": [\(files)]}"))
        #expect(complaints.count == words.count, "\(complaints)")
        #expect(words.allSatisfy { word in complaints.contains { $0.contains(word) } }, "\(complaints)")
    }

    @Test func `another architecture's package is another package`() throws {
        let members = #""arch": "x86_64", "apt_packages": ["jq"], "apt": {"absent": ["jq:i386"]}"#
        #expect(try ConfigFile.load(members).apt.absent.map(\.description) == ["jq:i386"])
    }
}
