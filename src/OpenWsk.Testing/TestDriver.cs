// A driver that a test has loaded and entered, and its end.
// It knows nothing about devices: see DriverDevice.cs.
using OpenWsk.Loader;

namespace OpenWsk.Testing;

/// <summary>A running driver.</summary>
public sealed class TestDriver : IDisposable
{
    private readonly DriverWorld _world;
    private bool _isDone;

    internal TestDriver(DriverWorld world, LoadedDriver loaded)
    {
        _world = world;
        Loaded = loaded;
    }

    /// <summary>The loaded image and its DRIVER_OBJECT.</summary>
    public LoadedDriver Loaded { get; }

    /// <summary>The file's name.</summary>
    public string Name => Loaded.Image.Name;

    /// <summary>Opens a device of the world, as CreateFile does.</summary>
    /// <remarks>Errors: <see cref="DeviceException"/>.</remarks>
    public DriverDevice Open(string path, uint access = DriverDevice.ReadWrite) =>
        _world.Open(path, access);

    /// <summary>
    /// Calls DriverUnload and takes the image away; false when the driver cannot be unloaded.
    /// </summary>
    /// <remarks>Errors: GuestStoppedException when the driver is stopped in it.</remarks>
    public bool Unload()
    {
        if (_isDone)
            return false;
        _isDone = true;
        _world.Forget(this);
        return _world.Run(() =>
        {
            var isUnloaded = Loaded.CallUnload();
            Loaded.Dispose();
            return isUnloaded;
        });
    }

    /// <summary>Unloads the driver unless that has happened or the world was stopped.</summary>
    public void Dispose()
    {
        if (!_isDone && _world.StopReason is null)
            Unload();
    }
}
