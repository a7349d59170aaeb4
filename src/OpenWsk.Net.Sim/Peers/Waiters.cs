// Threads of the world that wait for one thing to change. Everybody is woken and looks again, so no wake is
// lost and none need be counted. It knows nothing about what they wait for.
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Peers;

/// <summary>Blocks scripted peers until something changed.</summary>
internal sealed class Waiters(IScheduler scheduler)
{
    private readonly List<IParker> _parked = [];

    public void WaitWhile(Func<bool> condition)
    {
        while (condition())
        {
            var parker = scheduler.CurrentParker;
            _parked.Add(parker);
            try
            {
                parker.Park(IParker.Never);
            }
            finally
            {
                _parked.Remove(parker);
            }
        }
    }

    public void Wake()
    {
        foreach (var parker in _parked)
            parker.Unpark();
    }
}
