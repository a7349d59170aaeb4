// Which routines drivers of this world call as machine code. That leaves no event, so it is for worlds in
// which nobody listens to calls when a driver is loaded, and it makes no turn for another thread, so it is
// not for simulated worlds. It knows nothing about the code; see Machine/FastRoutines.cs.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private bool MayBeFast => !executive.ObservesCalls && executive.Clock is not IVirtualClock;

    /// <inheritdoc/>
    /// <remarks>
    /// A sink that is added after a driver was loaded does not see the driver's calls of routines that are
    /// machine code.
    /// </remarks>
    public nuint Bind(Routine routine) =>
        MayBeFast && FastRoutines.TryFind(routine, out var writer)
            ? _machine.Fast(routine, writer!)
            : _machine.Import(routine);
}
