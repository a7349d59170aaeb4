// The client side of the Network Module Registrar as NETIO.SYS exports it. Rules: group NMR. The provider
// side that drivers could use is not built: WSK is the only provider here. Next: NmrRegistrar.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Kernel;

/// <summary>NMR routines for client modules.</summary>
public static class NmrRoutines
{
    /// <summary>Registers a client module; ClientAttachProvider may be called before this returns.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Owns: the characteristics stay valid while the client is registered. Errors:
    /// STATUS_INVALID_PARAMETER for NULL pointers or a structure that is too short. Rules: NMR-01, NMR-09,
    /// NMR-18. Page: nf-netioddk-nmrregisterclient.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-15",
        Class = CallClass.Blocking)]
    public static NTSTATUS NmrRegisterClient(
        Executive executive,
        GuestPtr<NPI_CLIENT_CHARACTERISTICS> ClientCharacteristics,
        nuint ClientContext,
        GuestPtr<nuint> NmrClientHandle)
    {
        if (ClientCharacteristics.IsNull || NmrClientHandle.IsNull)
            return STATUS_INVALID_PARAMETER;
        ref var characteristics = ref ClientCharacteristics.Value;
        ref var instance = ref characteristics.ClientRegistrationInstance;
        var isShort = characteristics.Length < Unsafe.SizeOf<NPI_CLIENT_CHARACTERISTICS>()
            || instance.Size < Unsafe.SizeOf<NPI_REGISTRATION_INSTANCE>();
        if (isShort || characteristics.Version != 0 || instance.Version != 0 || instance.Number != 0)
            executive.Breach("NMR-09",
                "Version, Length, Size or Number of the characteristics is not as documented");
        if (isShort || characteristics.ClientAttachProvider == 0 || characteristics.ClientDetachProvider == 0)
            return STATUS_INVALID_PARAMETER;
        executive.Nmr.RegisterClient(ClientCharacteristics, ClientContext, NmrClientHandle);
        return STATUS_SUCCESS;
    }

    /// <summary>Begins to deregister a client module.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_PENDING always for a registered client;
    /// STATUS_INVALID_PARAMETER for a handle that is none or is deregistering already. Rules: NMR-16. Page:
    /// nf-netioddk-nmrderegisterclient.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-15")]
    public static NTSTATUS NmrDeregisterClient(Executive executive, nuint NmrClientHandle) =>
        executive.Nmr.DeregisterClient(NmrClientHandle);

    /// <summary>Waits until a deregistration has finished.</summary>
    /// <remarks>
    /// IRQL: &lt; DISPATCH_LEVEL. Errors: STATUS_INVALID_PARAMETER for a bad handle or without
    /// NmrDeregisterClient. Rules: NMR-16, NMR-17. Page: nf-netioddk-nmrwaitforclientderegistercomplete.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Apc, IrqlRule = "IRQL-15",
        Class = CallClass.Blocking)]
    public static NTSTATUS NmrWaitForClientDeregisterComplete(Executive executive, nuint NmrClientHandle) =>
        executive.Nmr.WaitForDeregister(NmrClientHandle);

    /// <summary>
    /// Attaches the client to the provider that it was offered, from inside ClientAttachProvider.
    /// </summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Errors: STATUS_NOINTERFACE when the version of ClientDispatch is not supported;
    /// STATUS_INVALID_PARAMETER for a bad handle or NULL pointers. Rules: NMR-03, NMR-04.
    /// Page: nf-netioddk-nmrclientattachprovider.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-15")]
    public static NTSTATUS NmrClientAttachProvider(
        Executive executive,
        nuint NmrBindingHandle,
        nuint ClientBindingContext,
        nuint ClientDispatch,
        GuestPtr<nuint> ProviderBindingContext,
        GuestPtr<nuint> ProviderDispatch)
    {
        if (ClientDispatch == 0 || ProviderBindingContext.IsNull || ProviderDispatch.IsNull)
            return STATUS_INVALID_PARAMETER;
        var status = executive.Nmr.AttachClient(NmrBindingHandle, ClientBindingContext, ClientDispatch,
            out var attachment);
        if (status.IsSuccess())
        {
            ProviderBindingContext.Value = attachment.ProviderBindingContext;
            ProviderDispatch.Value = attachment.ProviderDispatch;
        }
        return status;
    }

    /// <summary>Completes a detachment for which ClientDetachProvider returned STATUS_PENDING.</summary>
    /// <remarks>IRQL: &lt;= DISPATCH_LEVEL. Rules: NMR-11, NMR-12. Page:
    /// nf-netioddk-nmrclientdetachprovidercomplete.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-15")]
    public static void NmrClientDetachProviderComplete(Executive executive, nuint NmrBindingHandle)
    {
        if (executive.Nmr.TryCompleteDetach(NmrBindingHandle))
            return;
        if (executive.Nmr.WasBinding(NmrBindingHandle))
            executive.Breach("NMR-12",
                "NmrClientDetachProviderComplete without a detachment that is pending");
        else
            executive.Breach("NMR-07",
                $"NmrClientDetachProviderComplete of 0x{(ulong)NmrBindingHandle:x}, which is no binding");
    }
}
