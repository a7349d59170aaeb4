// A clock that stands still between its steps. What shows its time elsewhere (the page that drivers read
// without a call) follows the steps and not a timer, so that the same run reads the same times again.
// It knows nothing about who makes the steps; see OpenWsk.Simulation.
namespace OpenWsk.Ports;

/// <summary>The clock of a world whose time moves in steps.</summary>
public interface IVirtualClock : IClock
{
    /// <summary>Raised after each step, while nothing of the world runs. Handlers must not block.</summary>
    event Action? Advanced;
}
