// What the I/O manager keeps for driver objects: extensions by key, and the routines that want to be called
// once DriverEntry has returned. It knows nothing about images.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

public sealed partial class IoService
{
    private readonly Lock _drivers = new();
    private readonly Dictionary<(nuint Driver, nuint Key), nuint> _extensions = [];
    private readonly List<(nuint Driver, nuint Routine, nuint Context)> _reinitializations = [];

    /// <summary>
    /// DriverEntry has succeeded: its devices can be opened now, and its reinitialisation routines run, as
    /// long as they register again.
    /// </summary>
    /// <remarks>IRQL: PASSIVE_LEVEL.</remarks>
    public void OnDriverEntered(GuestPtr<DRIVER_OBJECT> driver)
    {
        for (var device = new GuestPtr<DEVICE_OBJECT>(driver.Value.DeviceObject); !device.IsNull;
             device = device.Value.NextDevice)
            device.Value.Flags &= ~DO_DEVICE_INITIALIZING;
        for (uint count = 1; TakeReinitialization(driver.Address) is { } next; count++)
            _executive.Code.Call(next.Routine, [driver.Address, next.Context, count]);
    }

    /// <summary>The driver object goes.</summary>
    public void ForgetDriver(nuint driver)
    {
        lock (_drivers)
        {
            _reinitializations.RemoveAll(r => r.Driver == driver);
            foreach (var key in _extensions.Keys.Where(k => k.Driver == driver).ToList())
            {
                if (_extensions.Remove(key, out var memory))
                    _executive.Heap.TryFree(memory);
            }
        }
    }

    internal bool TryAddExtension(nuint driver, nuint key, nuint memory)
    {
        lock (_drivers)
            return _extensions.TryAdd((driver, key), memory);
    }

    internal nuint FindExtension(nuint driver, nuint key)
    {
        lock (_drivers)
            return _extensions.GetValueOrDefault((driver, key));
    }

    internal void AddReinitialization(nuint driver, nuint routine, nuint context)
    {
        lock (_drivers)
            _reinitializations.Add((driver, routine, context));
    }

    private (nuint Driver, nuint Routine, nuint Context)? TakeReinitialization(nuint driver)
    {
        lock (_drivers)
        {
            var index = _reinitializations.FindIndex(r => r.Driver == driver);
            if (index < 0)
                return null;
            var found = _reinitializations[index];
            _reinitializations.RemoveAt(index);
            return found;
        }
    }
}
