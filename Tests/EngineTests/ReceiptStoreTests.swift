import Engine
import Platform
import Testing

@Suite struct ReceiptStoreTests {
    /// A receipt of each format, as a release wrote it; all must stay readable for ever.
    static let golden: [(status: Receipt.Status, text: String)] = [
        (
            .done,
            """
            {"agent_version":"0.1.0","config_digest":"ab","finished_at":1700000001000,"host_id":"h1","parallel":true,
             "run_id":"20231114221320-0000002a","schema_version":1,"started_at":1700000000000,"status":"done",
             "steps":{"layout":{"differences":[{"found":"absent","wanted":"folder","what":"/r/bin"}],"duration_ms":12,
             "facts":{"k":"v"},"needs":[],"run_id":"20231114221320-0000002a","started_at":1700000000000,
             "status":"changed"}}}
            """
        ),
        (
            .degraded,
            """
            {"agent_version":"0.1.0","config_digest":"ab","finished_at":1700000001000,"host_id":"h1","parallel":true,
             "run_id":"20231114221320-0000002a","schema_version":2,"started_at":1700000000000,"status":"degraded",
             "shortcomings":[{"what":"layout","error":"its data did not come","hint":"publish it"}],
             "steps":{"layout":{"differences":[{"found":"absent","wanted":"folder","what":"/r/bin"}],"duration_ms":12,
             "facts":{"k":"v"},"needs":[],"run_id":"20231114221320-0000002a","started_at":1700000000000,
             "status":"degraded","error":"its data did not come","hint":"publish it","warnings":["a.service is masked"]}}}
            """
        ),
        (
            .done,
            """
            {"agent_version":"0.1.0","config_digest":"ab","finished_at":1700000001000,"host_id":"h1","parallel":true,
             "run_id":"20231114221320-0000002a","schema_version":3,"started_at":1700000000000,"status":"done",
             "steps":{"layout":{"differences":[{"found":"absent","wanted":"folder","what":"/r/bin"}],"duration_ms":12,
             "facts":{"k":"v"},"needs":[],"run_id":"20231114221320-0000002a","started_at":1700000000000,
             "status":"changed","owned":[{"kind":"folder","name":"/r/bin"},{"kind":"link","name":"/r/l","content":"x"},
             {"kind":"package","name":"jq","before":"installed"}]}}}
            """
        ),
    ]

    @Test(arguments: golden.indices)
    func `a receipt of every format is read`(index: Int) throws {
        let (status, text) = Self.golden[index]
        let folder = try Folders.makeTemporary(prefix: "/tmp/receipt-tests-")
        try Files.replace("\(folder)/state.json", with: Array(text.utf8), mode: 0o644)
        let receipt = try #require(try ReceiptStore.read("\(folder)/state.json"))
        #expect(receipt.schemaVersion == index + 1)
        #expect(receipt.status == status)
        #expect(receipt.lastRun["layout"]?.differences == [Difference("/r/bin", found: "absent", wanted: "folder")])
        #expect(receipt.facts == ["layout": ["k": "v"]])
        #expect(receipt.owned["layout"]?.map(\.name) == (index == 2 ? ["/r/bin", "/r/l", "jq"] : nil))
        #expect(receipt.shortcomings?.map(\.hint) == (status == .degraded ? ["publish it"] : nil))
        try Folders.removeTree(folder)
    }

    @Test func `a letter that changed in a receipt since it was written is damage, and so is a link in its place`()
        async throws
    {
        let folder = try Folders.makeTemporary(prefix: "/tmp/receipt-tests-")
        let path = "\(folder)/state.json"
        let receipt = Receipt(run: RunIdentity(hostID: "h1"), configDigest: "ab", agentVersion: "1", parallel: true)
        try await ReceiptStore(path: path, run: receipt, previous: nil).record { $0.status = .done }
        #expect(try ReceiptStore.read(path)?.hostID == "h1")
        let text = try #require(try Files.text(path))
        try Files.replace(path, with: Array(text.replacing("\"h1\"", with: "\"h2\"").utf8), mode: 0o644)
        #expect(throws: ReceiptError.damaged(path: path)) { try ReceiptStore.read(path) }
        try Files.replace("\(folder)/other", with: Array(text.utf8), mode: 0o644)
        try Files.replaceLink(path, target: "other")
        #expect(throws: ReceiptError.damaged(path: path)) { try ReceiptStore.read(path) }
        try Folders.removeTree(folder)
    }

    @Test func `no receipt is no error, a damaged or newer one is`() throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/receipt-tests-")
        let path = "\(folder)/state.json"
        #expect(try ReceiptStore.read(path) == nil)
        try Files.replace(path, with: Array(Self.golden[0].text.utf8.dropLast(9)), mode: 0o644)
        #expect(throws: ReceiptError.damaged(path: path)) { try ReceiptStore.read(path) }
        // What it holds besides need not be known here.
        try Files.replace(path, with: Array(#"{"schema_version": 4, "status": "splendid"}"#.utf8), mode: 0o644)
        #expect(throws: ReceiptError.newer(path: path, version: 4)) { try ReceiptStore.read(path) }
        try Folders.removeTree(folder)
    }
}
