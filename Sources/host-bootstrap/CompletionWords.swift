import Bundles
import Engine
import HostConfig
import Platform
import Privileged
import Steps

/// The words that only this program knows, for the scripts by which shells complete its line.
///
/// They are asked for at each press of a key: nothing is changed, no network is asked but a cloud's own machine, and what cannot be told is left out.
enum CompletionWords: String {
    case steps, bundles, versions

    /// Prints them, one a line; `arguments` are what a script hands over behind ``CompletionTable/request``.
    static func run(_ arguments: ArraySlice<String>) async -> ExitCode {
        guard let kind = arguments.first.flatMap(CompletionWords.init) else { return .usage }
        let line = TypedWords(Array(arguments.dropFirst()), Completions.table)
        let words = await kind.words(line)
        return Output.print(CompletionTable.answer(words))
    }

    private func words(_ line: TypedWords) async -> [String] {
        let configuration = await Self.configuration(line)
        let layout =
            configuration.map { HostLayout($0) } ?? LastRun.layout(root: line["--root"])
        let receipt = await onOwnThread { () throws(Never) in (try? layout.readReceipt()) ?? nil }
        let store = BundleStore(root: layout.bundles, places: receipt?.bundleRoots ?? [:])
        switch self {
        case .steps:
            let known = receipt.map { Array($0.steps.keys) } ?? []
            guard let configuration else { return known }
            var inspection = InspectionOptions()
            inspection.isOffline = true
            guard let host = try? await Host.look(configuration, inspection) else { return known }
            let graph = try? Steps.graph(for: host)
            await host.helper.close()
            return graph?.steps.map(\.id.name) ?? known
        case .bundles:
            return await onOwnThread { () throws(Never) in Status.installedBundles(store, layout, receipt) }
                .keys.sorted()
        case .versions:
            guard let name = line.operands.first else { return [] }
            return await onOwnThread { () throws(Never) in
                ((try? store.versions(name, archive: nil)) ?? []).map(\.version)
            }
        }
    }

    /// What `--config` names, whoever signed it: only names of it are shown.
    private static func configuration(_ line: TypedWords) async -> HostConfiguration? {
        guard let path = line["--config"], path != "-" else { return nil }
        return await onOwnThread { () throws(Never) in
            guard let bytes = try? Files.read(path, limit: 1 << 20) else { return nil }
            return try? HostConfiguration.load(bytes, file: path).get()
        }
    }
}
