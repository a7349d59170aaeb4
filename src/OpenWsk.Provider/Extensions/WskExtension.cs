// An extension interface that a host program supplies: its identifier, its functions, and which of the
// client's callbacks each of its events is. It knows nothing about guest memory: ExtensionTable.cs lays the
// functions out, ExtensionSocket.cs is one registration.
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>
/// The body of an extension's function. The arguments are the client's, from the ProviderContext on; those
/// that the function does not have are without meaning.
/// </summary>
public delegate ulong ExtensionBody(ExtensionSocket socket, ReadOnlySpan<ulong> arguments);

/// <summary>One member of an extension's dispatch table.</summary>
/// <param name="Name">Name for traces.</param>
/// <param name="Body">What it does.</param>
/// <param name="MaxIrql">The highest IRQL at which clients may call it.</param>
public sealed record ExtensionFunction(string Name, ExtensionBody Body, byte MaxIrql = Irql.Dispatch);

/// <summary>An extension interface; give it to <see cref="WskProvider.AddExtension"/>.</summary>
/// <param name="npiId">The identifier that clients register with.</param>
/// <param name="functions">
/// Its dispatch table. Each function's first parameter is the ProviderContext; at most six are passed on.
/// </param>
/// <param name="events">
/// For each event, one bit as in WSK_EVENT_CALLBACK_CONTROL, the member of the client's table to call.
/// </param>
public sealed class WskExtension(
    Guid npiId, IReadOnlyList<ExtensionFunction> functions, IReadOnlyDictionary<uint, int> events)
{
    public Guid NpiId { get; } = npiId;

    public IReadOnlyList<ExtensionFunction> Functions { get; } = functions;

    public IReadOnlyDictionary<uint, int> Events { get; } = events;

    /// <summary>Called when a client has registered the extension on a socket.</summary>
    public Action<ExtensionSocket>? OnRegistered { get; init; }
}
