@testable import Steps
import Testing

@Suite struct UnitTemplateTests {
    static let template = UnitTemplate(values: ["BOOTSTRAP_USER": "ops", "NODE": "/n/bin/node"])

    @Test func `known names are replaced and other text with @ stays`() throws {
        let text = "User=@BOOTSTRAP_USER@\nExecStart=@NODE@ a@b.example @ @@ @lower@"
        #expect(try Self.template.fill(text) == "User=ops\nExecStart=/n/bin/node a@b.example @ @@ @lower@")
    }

    @Test func `an unknown name is refused, not left in the unit`() {
        #expect(throws: UnitTemplate.UnknownPlace(name: "NODES", known: ["BOOTSTRAP_USER", "NODE"])) {
            try Self.template.fill("x=@NODES@")
        }
    }
}
