// The extension interfaces that are registered on a socket, and the calls of their functions, which count as
// calls of the socket's functions (EXT-09). It knows nothing about what extensions do: Extensions/.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    // Null until the first: few sockets have any.
    private List<ExtensionSocket>? _extensions;
    private int _extensionCalls;

    /// <summary>The registration of an extension on this socket; null when there is none.</summary>
    public ExtensionSocket? FindExtension(Guid npiId)
    {
        using (_gate.Enter())
            return _extensions?.Find(e => e.Extension.NpiId == npiId);
    }

    /// <summary>Takes a registration; false when that extension is registered already.</summary>
    public bool TryAddExtension(ExtensionSocket registration)
    {
        using (_gate.Enter())
        {
            if (_extensions?.Exists(e => e.Extension.NpiId == registration.Extension.NpiId) == true)
                return false;
            (_extensions ??= []).Add(registration);
            return true;
        }
    }

    /// <summary>A function of an extension begins; false when the socket closes.</summary>
    public bool TryEnterExtension()
    {
        using (_gate.Enter())
        {
            if (_state == SocketState.Closing)
                return false;
            _calls++;
            _extensionCalls++;
            return true;
        }
    }

    public void LeaveExtension()
    {
        using (_gate.Enter())
        {
            _calls--;
            _extensionCalls--;
        }
    }

    /// <summary>A callback of an extension begins; false when the socket closes (OPEN-29).</summary>
    public bool TryBeginExtensionCallback()
    {
        using (_gate.Enter())
        {
            if (_state == SocketState.Closing)
                return false;
            BeginCallback(0);
            return true;
        }
    }

    /// <summary>A callback of an extension has returned; under no lock.</summary>
    public void EndExtensionCallback() => EndCallback(0);

    private void EndExtensions()
    {
        if (_extensions is null)
            return;
        foreach (var registration in _extensions)
            _provider.Extensions.End(registration);
    }
}
