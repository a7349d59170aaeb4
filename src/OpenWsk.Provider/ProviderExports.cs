// The list of what this assembly exports, filled by the generator from the [Export] attributes.
// Nothing is written here by hand; the routines are in Dispatch/, Control/ and Registration/.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The provider's routines: NETIO.SYS and the members of the dispatch tables.</summary>
public static class ProviderExports
{
    public static IReadOnlyList<Routine> All => GeneratedRoutines.All;
}
