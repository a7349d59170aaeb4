// What WskControlSocket asks of a socket and only some categories can do; a category overrides what it has.
// It knows nothing about buffers, IRPs or which control may come when (Control/).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    /// <summary>Whether SO_CONDITIONAL_ACCEPT is on.</summary>
    public virtual bool IsConditionalAccept => false;

    /// <summary>
    /// Sets SO_CONDITIONAL_ACCEPT; STATUS_INVALID_DEVICE_STATE when the socket is bound (OPEN-45),
    /// STATUS_INVALID_PARAMETER without the callbacks for it (OPEN-33).
    /// </summary>
    public virtual NTSTATUS SetConditionalAccept(bool isOn) => WskSettings.WrongCategory;

    /// <summary>
    /// Sets or, with null, clears the fixed remote address; STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public virtual NTSTATUS SetRemoteAddress(EndpointAddress? address) => WskSettings.WrongCategory;

    /// <summary>
    /// Sets or, with null, clears the fixed destination; STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public virtual NTSTATUS SetSendToAddress(EndpointAddress? address) => WskSettings.WrongCategory;

    /// <summary>The identifier under which the accepted connection was inspected; false for any other.</summary>
    public virtual bool TryGetInspectId(out WSK_INSPECT_ID id)
    {
        id = default;
        return false;
    }

    /// <summary>
    /// An option of the transport was set (a ULONG or Boolean one; others with value 0); under no lock.
    /// </summary>
    public virtual void OnOptionSet(uint level, uint name, uint value)
    {
    }
}
