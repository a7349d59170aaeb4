// Security structures as tests build them in guest memory. It knows nothing about what they grant.
// Next: AccessCheckTests.cs, DescriptorTests.cs.
namespace OpenWsk.Kernel.Tests;

/// <summary>Makes SIDs, lists and descriptors.</summary>
internal static class SecurityWorld
{
    public const uint Read = 0x1;
    public const uint Write = 0x2;
    public const uint Execute = 0x4;
    public const uint All = 0x001F_0007;

    public static nuint Sid(this KernelWorld world, string text) => world.Bytes(SidText.Bytes(text));

    /// <summary>A list of "+mask sid" (allows) and "-mask sid" (denies); '*' marks inherit-only.</summary>
    public static nuint Acl(this KernelWorld world, params string[] entries)
    {
        var acl = world.Memory(512);
        Assert.Equal(0ul, world.Call("RtlCreateAcl", acl, 512, 2));
        foreach (var entry in entries)
        {
            var words = entry.Split(' ');
            var mask = Convert.ToUInt32(words[0].Trim('+', '-', '*'), 16);
            var routine = words[0][0] == '-' ? "RtlAddAccessDeniedAceEx" : "RtlAddAccessAllowedAceEx";
            var flags = words[0].EndsWith('*') ? 8u : 0;
            Assert.Equal(0ul, world.Call(routine, acl, 2, flags, mask, world.Sid(words[1])));
        }
        return acl;
    }

    public static GuestPtr<SECURITY_DESCRIPTOR> Descriptor(
        this KernelWorld world, string? owner, nuint dacl, bool hasDacl = true)
    {
        var descriptor = world.New<SECURITY_DESCRIPTOR>();
        Assert.Equal(0ul, world.Call("RtlCreateSecurityDescriptor", descriptor.Address, 1));
        if (hasDacl)
            Assert.Equal(0ul, world.Call("RtlSetDaclSecurityDescriptor", descriptor.Address, 1, dacl, 0));
        if (owner is not null)
            Assert.Equal(0ul,
                world.Call("RtlSetOwnerSecurityDescriptor", descriptor.Address, world.Sid(owner), 0));
        return descriptor;
    }

    public static nuint Mapping(this KernelWorld world)
    {
        var mapping = world.Memory(16);
        uint[] rights = [Read, Write, Execute, All];
        for (var i = 0; i < 4; i++)
            GuestMemory.Write(mapping + (nuint)(i * 4), rights[i]);
        return mapping;
    }

    /// <summary>A captured subject of the calling thread.</summary>
    public static GuestPtr<SECURITY_SUBJECT_CONTEXT> Subject(this KernelWorld world)
    {
        var subject = world.New<SECURITY_SUBJECT_CONTEXT>();
        world.Call("SeCaptureSubjectContext", subject.Address);
        return subject;
    }
}
