@testable import HostConfig
import Platform
import Support
import Testing

@Suite struct TemplateTests {
    static let template = Template(values: ["BOOTSTRAP_USER": "ops", "NODE": "/n/bin/node"])

    @Test func `known names are replaced and other text with @ stays`() throws {
        let text = "User=@BOOTSTRAP_USER@\nExecStart=@NODE@ a@b.example @ @@ @lower@"
        #expect(try Self.template.fill(text) == "User=ops\nExecStart=/n/bin/node a@b.example @ @@ @lower@")
    }

    @Test func `a place is filled in whatever stands behind it`() throws {
        let filled = try Self.template.fill("@\u{301}a @NODE@\u{301}\r\n@BOOTSTRAP_USER@\u{200d}@NODE@")
        #expect(filled.utf8.elementsEqual("@\u{301}a /n/bin/node\u{301}\r\nops\u{200d}/n/bin/node".utf8))
    }

    @Test func `an unknown name is refused, not left in the unit`() {
        #expect(throws: Template.UnknownPlace(name: "NODES", known: ["BOOTSTRAP_USER", "NODE"])) {
            try Self.template.fill("x=@NODES@")
        }
    }

    @Test func `where a password may stand, what only looks like a name stays`() {
        #expect(
            Self.template.fillKnown("a@NODES@b @NODE@@NODE@ @NODES@NODE@")
                == "a@NODES@b /n/bin/node/n/bin/node @NODES/n/bin/node")
    }

    @Test(arguments: [
        (#""files": [{"path": "/etc/sysctl.d/90-a.conf", "content": "a = @CPU@\n"}]"#, "files[0].content"),
        (#""units": [{"unit": "a.service", "content": "[Service]\nExecStart=/bin/true @CPU@\n"}]"#, "units[0].content"),
    ])
    func `a name that stands for nothing is told where it is, with the one that was meant`(
        members: String, path: String
    ) {
        let complaints = ConfigFile.complaints(ConfigFile.text(members))
        #expect(complaints.count == 1)
        #expect(
            complaints.first?.contains("\(path): @CPU@ stands for nothing; did you mean @CPUS@?; there are @ARCH@")
                == true)
    }

    @Test(arguments: Placeholder.allCases)
    func `each name is taken in units and files, and explained in the reference`(place: Placeholder) throws {
        let text = "a = @\(place.rawValue)@\\n"
        _ = try ConfigFile.load(
            #""files": [{"path": "/etc/sysctl.d/90-a.conf", "content": "\#(text)"}], "units": [{"unit": "a.service", "content": "[Service]\nExecStart=/bin/true \#(text)"}]"#
        )
        let guide = try #require(try Files.text("\(Checkout.folder)/docs/operating.md"))
        #expect(guide.contains("| `@\(place.rawValue)@` |"))
    }
}
