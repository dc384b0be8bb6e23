public import Engine
import Platform

extension HostLayout {
    /// Reads the receipt; nil when there is none.
    ///
    /// Blocks. What it says of records holds wherever the agent's own folder was moved to since.
    public func readReceipt() throws(ReceiptError) -> Receipt? {
        guard var receipt = try ReceiptStore.read(receipt) else { return nil }
        for (name, entry) in receipt.steps {
            receipt.steps[name]?.owned = entry.owned?.map { thing in
                guard thing.kind == .tree, let record = thing.content else { return thing }
                var moved = thing
                moved.content = "\(records)/\(Files.name(of: record))"
                return moved
            }
        }
        return receipt
    }
}
