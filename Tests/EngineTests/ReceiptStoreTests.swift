import Engine
import Platform
import Testing

@Suite struct ReceiptStoreTests {
    /// A receipt as the first release wrote it; it must stay readable for ever.
    static let golden = """
        {"agent_version":"0.1.0","config_digest":"ab","finished_at":1700000001000,"host_id":"h1","parallel":true,
         "run_id":"20231114221320-0000002a","schema_version":1,"started_at":1700000000000,"status":"done",
         "steps":{"layout":{"differences":[{"found":"absent","wanted":"folder","what":"/r/bin"}],"duration_ms":12,
         "facts":{"k":"v"},"needs":[],"run_id":"20231114221320-0000002a","started_at":1700000000000,"status":"changed"}}}
        """

    @Test func `a receipt of format 1 is read`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/receipt-tests-")
        try Files.replace("\(folder)/state.json", with: Array(Self.golden.utf8), mode: 0o644)
        let receipt = try #require(try ReceiptStore.read("\(folder)/state.json"))
        #expect(receipt.status == .done)
        #expect(receipt.lastRun["layout"]?.differences == [Difference("/r/bin", found: "absent", wanted: "folder")])
        #expect(receipt.facts == ["layout": ["k": "v"]])
        try Folders.removeTree(folder)
    }

    @Test func `no receipt is no error, a damaged or newer one is`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/receipt-tests-")
        let path = "\(folder)/state.json"
        #expect(try ReceiptStore.read(path) == nil)
        try Files.replace(path, with: Array(Self.golden.utf8.dropLast(9)), mode: 0o644)
        #expect(throws: ReceiptError.damaged(path: path)) { try ReceiptStore.read(path) }
        let newer = Self.golden.split(separator: "\"schema_version\":1", maxSplits: 1).joined(
            separator: "\"schema_version\":2")
        try Files.replace(path, with: Array(newer.utf8), mode: 0o644)
        #expect(throws: ReceiptError.newer(path: path, version: 2)) { try ReceiptStore.read(path) }
        try Folders.removeTree(folder)
    }
}
