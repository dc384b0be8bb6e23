import HostConfig
import Testing

/// One mistake on line 2 of a file, and the line that is printed for it.
struct Mistake: CustomTestStringConvertible {
    let members: String
    let complaint: String
    var testDescription: String { members }

    init(_ members: String, _ complaint: String) {
        self.members = members
        self.complaint = complaint
    }
}

@Suite struct DiagnosticTests {
    @Test(arguments: Mistake.values + Mistake.names + Mistake.addresses + Mistake.paths + Mistake.contradictions)
    func `each mistake has its own words and place`(mistake: Mistake) {
        #expect(ConfigFile.complaints(ConfigFile.text(mistake.members)) == ["host.json:\(mistake.complaint)"])
    }

    @Test func `the form is the compilers' own`() {
        let text = """
            {
              "bootstrap_user": "ada",
              "bootstrap_root": "/home/ada/cocalc-host",
              "host_id": "h-1",
              "bundle_urls": {
                "tools": "https://bundles.example.com/tools.tar.xz"
              },
              "btfs_image_target_gb": 100
            }
            """
        #expect(
            ConfigFile.complaints(text) == [
                "host.json:6:14: error: bundle_urls.tools: expected an object keyed by architecture, found a string",
                "host.json:8:3: error: unknown field \"btfs_image_target_gb\"; did you mean \"btrfs_image_target_gb\"?",
            ])
    }

    @Test func `what a word processor made of quotes and spaces is named and shown, and the rest is read`() {
        let text = "{“bootstrap_user”: \"ada\",\u{a0}\"bootstrap_root\": \"/home/ada/x\",\n\"host_id\": 7}"
        #expect(
            ConfigFile.complaints(text) == [
                "host.json:1:2: error: unexpected “ (U+201C LEFT DOUBLE QUOTATION MARK); use a plain \"",
                "host.json:1:17: error: unexpected ” (U+201D RIGHT DOUBLE QUOTATION MARK); use a plain \"",
                "host.json:1:26: error: unexpected U+00A0 NO-BREAK SPACE; use a plain space",
                "host.json:2:12: error: host_id: expected a string, found a number",
            ])
    }

    @Test func `two names that differ in their bytes alone are two names`() {
        let entries = ["\u{e9}", "e\u{301}"].map { path in
            "{\"name\": \"d\(path.utf8.count)\", \"path\": \"/data/\(path)\", \"url\": \"https://h/x\", \"files\": [\"f\"]}"
        }
        #expect(ConfigFile.complaints(ConfigFile.text("\"data\": [\(entries.joined(separator: ","))]")) == [])
        let fields = ConfigFile.complaints(ConfigFile.text("\"\u{e9}\": 1, \"e\u{301}\": 1"))
        #expect(fields.count == 2 && fields.allSatisfy { $0.contains("unknown field") })
    }

    @Test func `missing fields are reported at the object's start`() {
        #expect(
            ConfigFile.complaints("\n {}") == [
                "host.json:2:2: error: missing field \"bootstrap_root\"",
                "host.json:2:2: error: missing field \"bootstrap_user\"",
                "host.json:2:2: error: missing field \"host_id\"",
            ])
        #expect(
            ConfigFile.complaints(ConfigFile.text(#""hub": {}"#)) == [
                "host.json:2:8: error: hub: missing field \"token\"",
                "host.json:2:8: error: hub: missing field \"url\"",
            ])
    }

    @Test func `mistakes of all kinds come at once and in the file's order`() {
        let text = """
            {"bootstrap_user": "root", "host_id": 7, "host_id": "h",
             "arch": "sparc", // odd
             "parallel": "yes", "hsot_name": "x",
             "services": [{"unit": "a.service", "bundle": "project", "path": "/a"}, 3],
            }
            """
        let diagnostics = ConfigFile.diagnostics(Array(text.utf8))
        #expect(
            diagnostics.map(\.code) == [
                .missingField, .badName, .wrongType, .duplicateField, .badValue, .syntax, .wrongType, .unknownField,
                .contradiction, .badPath, .wrongType, .syntax,
            ])
        #expect(diagnostics.map(\.offset) == diagnostics.map(\.offset).sorted())
    }

    @Test func `of a file cut short nothing is said to be missing`() {
        let complaints = ConfigFile.complaints("{\"bootstrap_user\": \"ada\",\n \"parallel\": 1,\n \"hub\": {\"url\": ")
        #expect(
            complaints == [
                "host.json:2:14: error: parallel: expected true or false, found a number",
                "host.json:3:17: error: expected a value, found the end of the file",
            ])
    }

    @Test func `more than a hundred mistakes are summed up`() {
        let members = (0..<300).map { "\"x\($0)\": 0" }.joined(separator: ",")
        let diagnostics = ConfigFile.diagnostics(Array(ConfigFile.text(members).utf8))
        #expect(diagnostics.count == 101)
        #expect(diagnostics.last?.code == .tooMany)
    }

    @Test func `text of the file cannot play with the terminal or flood it`() {
        let name = "\u{1b}[2J\u{202e}" + String(repeating: "x", count: 500)
        let complaints = ConfigFile.complaints(ConfigFile.text("\"arch\": \"\\u001b[2J\u{202e}\(name.dropFirst())\""))
        #expect(complaints.count == 1)
        #expect(complaints[0].contains(#""\u001b[2J\u202e"#) && complaints[0].contains("…"))
        #expect(!complaints[0].unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
        #expect(complaints[0].count < 200)
    }

    @Test(arguments: [
        #""hub": {"url": "https://h/", "token": {"file": "CANARY"}}"#,
        #""hub": {"url": "https://h/", "token": {"environment": "CANARY!"}}"#,
        #""hub": {"url": "gopher://u:CANARY@h/?CANARY", "token": "CANARY\n"}"#,
        #""hub": {"url": "https://h/", "token": CANARY}"#, #""hub": {"url": "https://h/", "token": 'CANARY'}"#,
        #""environment": {"A": "CANARY\n", "CANARY=": "x", "B": ["CANARY"]}"#, #""conat_urls": ["CANARY"]"#,
        #""bundle_urls": {"project": "http://example.com/?CANARY"}"#,
    ])
    func `a secret in a wrong place is not repeated`(members: String) {
        let complaints = ConfigFile.complaints(ConfigFile.text(members))
        #expect(!complaints.isEmpty)
        #expect(!complaints.joined().contains("CANARY"))
    }

    @Test(arguments: [
        ("host_nam", "host_name"), ("HOST_ID", "host_id"), ("os-release", "os_release"),
        ("aptpackages", "apt_packages"),
        ("bundle_url", "bundle_urls"), ("paralell", "parallel"),
    ])
    func `a slip of the fingers is recognised`(written: String, meant: String) {
        #expect(
            ConfigFile.complaints(ConfigFile.text("\"\(written)\": null"))
                == ["host.json:2:1: error: unknown field \"\(written)\"; did you mean \"\(meant)\"?"])
    }

    @Test func `codes are kebab case`() {
        for code in Diagnostic.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
        }
    }
}
