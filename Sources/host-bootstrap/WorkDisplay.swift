import Bundles
import Engine
import Reporting
import Steps

extension WorkDisplay {
    /// Begins to show work of this name, as the command line has it.
    init(_ name: StepID, _ display: Display) { self.init(name, sinks: display.sinks()) }

    /// Shows what fetching and unpacking, packing and checking tell.
    func tell(_ note: ProgressNote) { context.tell(note) }
}
