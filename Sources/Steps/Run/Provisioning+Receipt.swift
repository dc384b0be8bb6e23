import Digests
import Engine
import HostConfig
import Platform

/// What is written down of a run, and the marker that stands while the last one ended well.
extension Provisioning {
    func openReceipt(_ layout: HostLayout, wayToRoot: String?) async -> ReceiptStore {
        var fresh = Receipt(
            run: log.run, configDigest: configuration.digest.hex, agentVersion: agentVersion,
            parallel: configuration.parallel)
        let path = layout.receipt
        let provisioning = self
        let previous = await onOwnThread { () throws(Never) -> Receipt? in
            do throws(ReceiptError) { return try layout.readReceipt() } catch {
                // Every step looks at the host itself, so a lost receipt costs a restart of the services at most.
                let isMoved = (try? Files.rename(path, to: "\(path).unreadable")) != nil
                provisioning.tell("\(error.explanation.summary)\(isMoved ? "; moved to \(path).unreadable" : "")")
                return nil
            }
        }
        // A roll-back asks nobody.
        fresh.wayToRoot = wayToRoot ?? previous?.wayToRoot
        return ReceiptStore(path: path, run: fresh, previous: previous)
    }

    func close(
        _ receipt: ReceiptStore, _ report: inout RunReport, _ layout: HostLayout, pruned graph: Graph?,
        since clock: ProcessorClock
    ) async {
        if let graph { await onOwnThread { () throws(Never) in receipt.note { $0.prune(keeping: graph) } } }
        if !report.succeeded { await Self.removeMarker(layout) }
        let (status, shortcomings, processors) = (report.status, report.shortcomings, clock.use())
        do throws(SystemCallError) {
            try await receipt.record { receipt in
                receipt.finishedAt = .now()
                receipt.status = status
                receipt.processors = processors
                receipt.shortcomings = shortcomings.isEmpty ? nil : shortcomings
            }
        } catch {
            let shortcoming = Shortcoming("receipt", error.explanation)
            tell(shortcoming)
            report.shortcomings.append(shortcoming)
        }
    }

    static func removeMarker(_ layout: HostLayout) async {
        await onOwnThread { () throws(Never) in
            guard (try? FileStatus.of(layout.doneMarker)) ?? nil != nil else { return }
            try? Files.remove(layout.doneMarker)
            try? Files.synchronizeFolder(Files.folder(of: layout.doneMarker))
        }
    }
}
