@testable import Steps
import Testing

@Suite struct UnitTemplateTests {
    static let template = UnitTemplate(values: ["BOOTSTRAP_USER": "ops", "NODE": "/n/bin/node"])

    @Test func `known names are replaced and other text with @ stays`() throws {
        let text = "User=@BOOTSTRAP_USER@\nExecStart=@NODE@ a@b.example @ @@ @lower@"
        #expect(try Self.template.fill(text) == "User=ops\nExecStart=/n/bin/node a@b.example @ @@ @lower@")
    }

    @Test func `a place is filled in whatever stands behind it`() throws {
        let filled = try Self.template.fill("@\u{301}a @NODE@\u{301}\r\n@BOOTSTRAP_USER@\u{200d}@NODE@")
        #expect(filled.utf8.elementsEqual("@\u{301}a /n/bin/node\u{301}\r\nops\u{200d}/n/bin/node".utf8))
    }

    @Test func `an unknown name is refused, not left in the unit`() {
        #expect(throws: UnitTemplate.UnknownPlace(name: "NODES", known: ["BOOTSTRAP_USER", "NODE"])) {
            try Self.template.fill("x=@NODES@")
        }
    }
}
