// The five registration exports of NETIO.SYS. They keep the client's WSK_REGISTRATION block as Windows does:
// opaque, filled on registration, cleared on deregistration. Rules: groups REG and NPI. Next:
// ClientRegistration.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>WskRegister and its relatives.</summary>
public static class RegistrationRoutines
{
    // Marks a block of ours, so that a block that the client changed or never registered is noticed (REG-06).
    private const ulong BlockMark = 0x6B_73_57_6E_65_70_4F; // "OpenWsk" in memory order

    /// <summary>Registers a client.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Errors: STATUS_INVALID_PARAMETER when a pointer is NULL or the block is in use.
    /// Rules: REG-01..17. Page: nf-wsk-wskregister.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive, IrqlRule = "IRQL-01")]
    public static NTSTATUS WskRegister(
        WskProvider provider, GuestPtr<WSK_CLIENT_NPI> WskClientNpi,
        GuestPtr<WSK_REGISTRATION> WskRegistration)
    {
        if (WskClientNpi.IsNull || WskRegistration.IsNull || WskClientNpi.Value.Dispatch.IsNull)
            return STATUS_INVALID_PARAMETER;
        var npi = WskClientNpi.Value;
        if (npi.Dispatch.Value.Reserved != 0)
            provider.Executive.Breach("REG-10", "WSK_CLIENT_DISPATCH.Reserved is not zero");
        var clientEvent = npi.Dispatch.Value.WskClientEvent;
        if (clientEvent != 0 && !provider.Executive.Code.IsCode(clientEvent))
            provider.Executive.Breach(
                "REG-11", $"WskClientEvent 0x{(ulong)clientEvent:x} is neither NULL nor code");
        var client = new ClientRegistration(provider, WskRegistration.Address, npi);
        if (!provider.Clients.TryAdd(client))
        {
            client.Dispose();
            provider.Executive.Breach("REG-05", $"WSK_REGISTRATION {WskRegistration} is already registered");
            return STATUS_INVALID_PARAMETER;
        }
        WskRegistration.Value = new WSK_REGISTRATION
        {
            ReservedRegistrationState = BlockMark,
            ReservedRegistrationContext = client.Client.Address,
        };
        return STATUS_SUCCESS;
    }

    /// <summary>Ends a registration; returns when nothing of the client is left in the provider.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL. Rules: REG-18..27, UNLOAD-04. Page: nf-wsk-wskderegister.</remarks>
    [Export(
        Libraries.Netio,
        SupportLevel.Full,
        MaxIrql = Irql.Passive,
        IrqlRule = "IRQL-02",
        Class = CallClass.Blocking)]
    public static void WskDeregister(WskProvider provider, GuestPtr<WSK_REGISTRATION> WskRegistration)
    {
        var client = Enter(provider, WskRegistration);
        var isFirst = client?.TryBeginDeregister() ?? false;
        client?.LeaveCall();
        if (!isFirst)
        {
            provider.Executive.Breach(
                "REG-03", $"WskDeregister of {WskRegistration}, which is not registered");
            throw provider.Executive.Stop(
                "WskDeregister was called on a block that is not registered (REG-03)");
        }
        provider.EndTransportListChanges(client!);
        if (provider.Executive.CurrentThread.Irql > Irql.Passive && !client!.IsIdle)
        {
            // OPEN-65: the dispatcher that would end the wait may be this very thread.
            provider.Executive.Breach(
                "REG-27", $"WskDeregister would wait above PASSIVE_LEVEL, for {client.DescribeHolders()}");
            throw provider.Executive.Stop(
                "WskDeregister would wait in a callback or completion routine (REG-27)");
        }
        do
            client!.WaitUntilIdle();
        while (!provider.Clients.TryRemoveIdle(client));
        provider.SecurityDescriptors.ReportLeftovers(client);
        provider.AddressLists.ReportLeftovers(client);
        // The block stays marked as ended: a late capture on it fails with STATUS_DEVICE_NOT_READY (NPI-10).
        WskRegistration.Value = new WSK_REGISTRATION { ReservedRegistrationState = BlockMark };
        client.Dispose();
    }

    /// <summary>Captures the provider NPI, waiting until the provider is ready.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL, with WSK_NO_WAIT up to DISPATCH_LEVEL. Units: WaitTimeout in milliseconds.
    /// Errors: STATUS_DEVICE_NOT_READY when not ready in time or deregistering; STATUS_NOINTERFACE when the
    /// version is not supported. Rules: NPI-01..15. Page: nf-wsk-wskcaptureprovidernpi.
    /// </remarks>
    [Export(
        Libraries.Netio,
        SupportLevel.Full,
        MaxIrql = Irql.Dispatch,
        IrqlRule = "IRQL-03",
        Class = CallClass.Blocking)]
    public static NTSTATUS WskCaptureProviderNPI(
        WskProvider provider,
        GuestPtr<WSK_REGISTRATION> WskRegistration,
        uint WaitTimeout,
        GuestPtr<WSK_PROVIDER_NPI> WskProviderNpi)
    {
        if (WskRegistration.IsNull || WskProviderNpi.IsNull)
            return STATUS_INVALID_PARAMETER;
        var client = Enter(provider, WskRegistration);
        if (client is null)
        {
            if (WskRegistration.Value.ReservedRegistrationState != BlockMark)
                provider.Executive.Breach(
                    "NPI-13", $"WskCaptureProviderNPI of {WskRegistration}, which holds no registration");
            return STATUS_DEVICE_NOT_READY;
        }
        ReportInDriverEntry(provider, WaitTimeout);
        var status = Capture(provider, client, WaitTimeout);
        if (status.IsSuccess())
            WskProviderNpi.Value =
                new WSK_PROVIDER_NPI { Client = client.Client, Dispatch = provider.Tables.Provider };
        client.LeaveCall();
        return status;
    }

    /// <summary>Gives a capture back.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Rules: NPI-08, NPI-16. Page: nf-wsk-wskreleaseprovidernpi.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-04")]
    public static void WskReleaseProviderNPI(WskProvider provider, GuestPtr<WSK_REGISTRATION> WskRegistration)
    {
        var client = Enter(provider, WskRegistration);
        if (client is null || !client.TryRelease())
            provider.Executive.Breach(
                "NPI-08", $"WskReleaseProviderNPI of {WskRegistration} without a capture");
        else
            provider.Executive.Emit(KernelEvents.Destroyed("capture", client.Client.Address));
        client?.LeaveCall();
    }

    /// <summary>Tells which versions of WSK the provider supports.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. Errors: STATUS_DEVICE_NOT_READY. Rules: NPI-18..22.
    /// Page: nf-wsk-wskqueryprovidercharacteristics.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Dispatch, IrqlRule = "IRQL-05")]
    public static NTSTATUS WskQueryProviderCharacteristics(
        WskProvider provider,
        GuestPtr<WSK_REGISTRATION> WskRegistration,
        GuestPtr<WSK_PROVIDER_CHARACTERISTICS> WskProviderCharacteristics)
    {
        if (WskRegistration.IsNull || WskProviderCharacteristics.IsNull)
            return STATUS_INVALID_PARAMETER;
        var client = Enter(provider, WskRegistration);
        if (client is { HasTriedCapture: false })
            provider.Executive.Breach(
                "NPI-21", "WskQueryProviderCharacteristics was called before any capture");
        client?.LeaveCall();
        if (client is null || !provider.IsReady)
            return STATUS_DEVICE_NOT_READY;
        WskProviderCharacteristics.Value = WskProvider.Characteristics;
        return STATUS_SUCCESS;
    }

    private static NTSTATUS Capture(WskProvider provider, ClientRegistration client, uint waitTimeout)
    {
        client.HasTriedCapture = true;
        if (!provider.IsReady && !WaitForProvider(provider, client, waitTimeout))
            return STATUS_DEVICE_NOT_READY;
        if (!WskProvider.SupportsVersion(client.Dispatch.Value.Version))
            return STATUS_NOINTERFACE;
        if (!client.TryCapture())
            return STATUS_DEVICE_NOT_READY;
        provider.Executive.Emit(KernelEvents.Created("capture", client.Client.Address));
        return STATUS_SUCCESS;
    }

    // Other drivers may have to start before the provider is ready, and they start one after the other.
    private static void ReportInDriverEntry(WskProvider provider, uint waitTimeout)
    {
        if (waitTimeout == WSK_NO_WAIT || !provider.Executive.CurrentThread.IsInDriverEntry)
            return;
        if (waitTimeout > WskSettings.DriverEntryWaitMaxMs)
            provider.Executive.Breach(
                "NPI-14", "WskCaptureProviderNPI was called in DriverEntry with a long or infinite wait");
        if (!provider.IsReady)
            provider.Executive.Breach(
                "NPI-15", "DriverEntry waits for the provider; a thread of its own should");
    }

    private static bool WaitForProvider(WskProvider provider, ClientRegistration client, uint waitTimeout)
    {
        if (waitTimeout == WSK_NO_WAIT)
            return false;
        if (provider.Executive.CurrentThread.Irql > Irql.Passive)
            provider.Executive.Breach("IRQL-03", "WskCaptureProviderNPI with a wait above PASSIVE_LEVEL");
        var deadlineNs = waitTimeout == WSK_INFINITE_WAIT
            ? IParker.Never
            : provider.Executive.Clock.NowNs + waitTimeout * 1_000_000L;
        client.WaitForProvider(deadlineNs);
        return provider.IsReady;
    }

    // Finds the registration with a call counted on it; the caller ends that with LeaveCall.
    private static ClientRegistration? Enter(WskProvider provider, GuestPtr<WSK_REGISTRATION> block)
    {
        if (block.IsNull)
            return null;
        var client = provider.Clients.EnterByBlock(block.Address);
        if (client is null)
            return null;
        ref var value = ref block.Value;
        if (value.ReservedRegistrationState != BlockMark
            || value.ReservedRegistrationContext != client.Client.Address)
            provider.Executive.Breach("REG-06", $"WSK_REGISTRATION {block} was changed by the client");
        return client;
    }
}
