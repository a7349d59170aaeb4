// One call of WskControlSocket: its arguments, and how it ends. It knows nothing about options or I/O
// controls: see OptionControl.cs and IoControlTable.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>What a control did.</summary>
/// <param name="Status">
/// Its outcome; STATUS_PENDING when the request was queued and will be completed.
/// </param>
/// <param name="Bytes">
/// Bytes of output, or after STATUS_BUFFER_OVERFLOW and STATUS_BUFFER_TOO_SMALL those that are needed.
/// </param>
/// <param name="IsByReturn">The contract wants success told by return.</param>
internal readonly record struct ControlResult(NTSTATUS Status, nuint Bytes = 0, bool IsByReturn = false)
{
    public static implicit operator ControlResult(NTSTATUS status) => new(status);
}

/// <summary>The arguments of one control.</summary>
internal readonly ref struct ControlCall(
    WskProvider provider,
    ProviderSocket socket,
    uint code,
    uint level,
    ControlBuffer input,
    ControlBuffer output,
    GuestPtr<nuint> returned,
    WskRequest? request)
{
    public WskProvider Provider { get; } = provider;

    public ProviderSocket Socket { get; } = socket;

    /// <summary>Number of the option or of the I/O control.</summary>
    public uint Code { get; } = code;

    /// <summary>Level of an option.</summary>
    public uint Level { get; } = level;

    public ControlBuffer Input { get; } = input;

    public ControlBuffer Output { get; } = output;

    /// <summary>OutputSizeReturned.</summary>
    public GuestPtr<nuint> Returned { get; } = returned;

    /// <summary>The IRP's request; null without an IRP.</summary>
    public WskRequest? Request { get; } = request;

    public void Breach(string rule, string text) => Provider.Executive.Breach(rule, text);

    /// <summary>
    /// Ends the call. The size goes to OutputSizeReturned whether or not there is an IRP (DIFF-02).
    /// </summary>
    public NTSTATUS End(ControlResult result)
    {
        var status = result.Status;
        var tellsSize = status is STATUS_BUFFER_OVERFLOW or STATUS_BUFFER_TOO_SMALL
            ? result.Bytes != 0
            : status.IsSuccess() && status != STATUS_PENDING;
        if (tellsSize && !Returned.IsNull)
            Returned.Value = result.Bytes;
        if (Request is null)
            return status;
        if (status == STATUS_PENDING)
            return Request.EndCall();
        if (!status.IsSuccess())
            return Request.Refuse(status);
        if (result.IsByReturn)
            return Request.EndInline(status);
        Request.Complete(status, result.Bytes);
        return Request.EndCall();
    }
}
