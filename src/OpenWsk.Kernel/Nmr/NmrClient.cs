// A client module of the registrar, and its binding to a provider. State only; NmrRegistrar.cs moves it on.
// It knows nothing about the calls that change it: see NmrRegistrar.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>One registered client module.</summary>
internal sealed class NmrClient(
    Executive executive, nuint handle, GuestPtr<NPI_CLIENT_CHARACTERISTICS> characteristics, nuint context)
        : IDisposable
{
    public nuint Handle { get; } = handle;

    /// <summary>In the client's memory, which stays valid while it is registered (NMR-08).</summary>
    public GuestPtr<NPI_CLIENT_CHARACTERISTICS> Characteristics { get; } = characteristics;

    public nuint Context { get; } = context;

    /// <summary>The stack that registered it: a number of <see cref="StackLog"/>.</summary>
    public int MadeStack { get; } = executive.Stacks.Capture();

    public NmrBinding? Binding { get; set; }

    public bool IsDeregistering { get; set; }

    /// <summary>Set when a deregistration has finished.</summary>
    public ManagedEvent Gone { get; } = new(executive);

    public void Dispose() => Gone.Dispose();
}

/// <summary>How far a binding has come.</summary>
internal enum NmrBindingState
{
    /// <summary>ClientAttachProvider runs.</summary>
    Offered,

    /// <summary>NmrClientAttachProvider has succeeded.</summary>
    Attached,

    /// <summary>ClientDetachProvider has been called.</summary>
    Detaching,

    /// <summary>Both sides are through.</summary>
    Ended,
}

/// <summary>One client at one provider.</summary>
internal sealed class NmrBinding(nuint handle, NmrClient client, INmrProvider provider)
{
    public nuint Handle { get; } = handle;

    public NmrClient Client { get; } = client;

    public INmrProvider Provider { get; } = provider;

    public NmrBindingState State { get; set; }

    public nuint ClientBindingContext { get; set; }

    public NmrAttachment Attachment { get; set; }

    /// <summary>The client's side of the detachment is through.</summary>
    public bool IsClientDetached { get; set; }

    /// <summary>The provider's side of the detachment is through.</summary>
    public bool IsProviderDetached { get; set; }
}
