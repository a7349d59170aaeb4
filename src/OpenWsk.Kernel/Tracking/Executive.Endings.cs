// Endings that break a rule only if somebody still depends on what ends: memory of the guest is freed, an MDL
// is freed or unlocked, a driver's Unload has returned. Parts above the kernel are asked before it happens.
// It is for findings alone, so nobody is asked unless somebody listens. It knows nothing about who depends on
// what.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>A part that depends on guest memory or on a driver's being there.</summary>
public interface IEndingWatch
{
    /// <summary>A pool block is about to be freed.</summary>
    void OnFreeing(GuestRange memory)
    {
    }

    /// <summary>An MDL is about to be freed or its pages unlocked.</summary>
    void OnReleasing(GuestPtr<MDL> mdl)
    {
    }

    /// <summary>DriverUnload of the image has returned.</summary>
    void OnUnloaded(GuestRange image)
    {
    }
}

public sealed partial class Executive
{
    private IEndingWatch[] _endingWatches = [];

    /// <summary>Adds a part that is asked about endings.</summary>
    public void AddEndingWatch(IEndingWatch watch) => _endingWatches = [.. _endingWatches, watch];

    /// <summary>Says that DriverUnload of an image has returned.</summary>
    public void NotifyUnloaded(GuestRange image)
    {
        foreach (var watch in _endingWatches)
            watch.OnUnloaded(image);
    }

    internal void NotifyFreeing(nuint address, nuint lengthBytes)
    {
        if (!IsObserved)
            return;
        foreach (var watch in _endingWatches)
            watch.OnFreeing(new GuestRange(address, lengthBytes));
    }

    internal void NotifyReleasing(GuestPtr<MDL> mdl)
    {
        if (!IsObserved)
            return;
        foreach (var watch in _endingWatches)
            watch.OnReleasing(mdl);
    }
}
