// A network module that clients attach to through the Network Module Registrar, written in managed code: WSK
// is one. It knows nothing about handles or callbacks of the client; the registrar runs those. Next:
// NmrRegistrar.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The provider side of an NPI.</summary>
public interface INmrProvider
{
    /// <summary>The NPI that it provides.</summary>
    Guid NpiId { get; }

    /// <summary>Its NPI_REGISTRATION_INSTANCE in guest memory, which clients are shown.</summary>
    GuestPtr<NPI_REGISTRATION_INSTANCE> Instance { get; }

    /// <summary>A client attaches.</summary>
    /// <remarks>Errors: STATUS_NOINTERFACE when the client's version is not supported; it may try
    /// again.</remarks>
    NTSTATUS Attach(nuint clientBindingContext, nuint clientDispatch, out NmrAttachment attachment);

    /// <summary>
    /// The binding ends; call <paramref name="complete"/> once nothing of the client is left here.
    /// </summary>
    void Detach(NmrAttachment attachment, Action complete);

    /// <summary>Whether the client is inside a function of the provider's dispatch table.</summary>
    bool HasRunningCalls(NmrAttachment attachment) => false;
}

/// <summary>What a provider gives an attached client, and what it wants back at the end.</summary>
public readonly record struct NmrAttachment(
    object State, nuint ProviderBindingContext, nuint ProviderDispatch);
