// The tokens of one world as objects that drivers reference, whom a thread impersonates, and the descriptors
// that objects were given. It knows nothing about how access is decided: AccessCheck.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Tokens and object security.</summary>
public sealed class SecurityService(Executive executive)
{
    // Drivers see nothing of a token but its address.
    private const int TokenObjectBytes = 0x40;
    private readonly Lock _gate = new();
    private readonly Dictionary<AccessToken, nuint> _tokens = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nuint, AccessToken> _impersonated = [];
    private readonly Dictionary<nuint, byte[]> _objects = [];
    private AccessToken _system = AccessToken.System;
    private nuint _exports;

    /// <summary>The token of the process that drivers run in; LocalSystem unless the world says
    /// otherwise.</summary>
    public AccessToken System
    {
        get
        {
            lock (_gate)
                return _system;
        }
        set
        {
            lock (_gate)
                _system = value;
        }
    }

    /// <summary>Says whom a thread (by its ETHREAD) impersonates; null for nobody.</summary>
    public void Impersonate(nuint thread, AccessToken? token)
    {
        lock (_gate)
        {
            if (token is null)
                _impersonated.Remove(thread);
            else
                _impersonated[thread] = token;
        }
    }

    /// <summary>Whom a thread impersonates; null for nobody.</summary>
    public AccessToken? ImpersonatedBy(nuint thread)
    {
        lock (_gate)
            return _impersonated.GetValueOrDefault(thread);
    }

    /// <summary>The object of a token with a reference that belongs to the caller.</summary>
    internal nuint Reference(AccessToken token)
    {
        lock (_gate)
        {
            if (_tokens.TryGetValue(token, out var known) && executive.Objects.Reference(known) > 0)
                return known;
            var made = executive.Objects.Create(ObjectKind.Token, TokenObjectBytes, token);
            // One reference keeps it for the next who asks, one is the caller's.
            executive.Objects.Reference(made);
            return _tokens[token] = made;
        }
    }

    /// <summary>The token at an address; null when there is none.</summary>
    internal AccessToken? Find(nuint address) =>
        executive.Objects.TryGet(address, out var record) ? record.Payload as AccessToken : null;

    /// <summary>The token that a captured subject acts with.</summary>
    internal AccessToken? SubjectOf(in SECURITY_SUBJECT_CONTEXT subject) =>
        Find(subject.ClientToken != 0 ? subject.ClientToken : subject.PrimaryToken);

    /// <summary>The self-relative descriptor that an object was given; null when none.</summary>
    internal byte[]? DescriptorOf(nuint target)
    {
        lock (_gate)
            return _objects.GetValueOrDefault(target);
    }

    /// <summary>The object goes.</summary>
    internal void Forget(nuint target)
    {
        lock (_gate)
            _objects.Remove(target);
    }

    internal void SetDescriptor(nuint target, byte[] descriptor)
    {
        lock (_gate)
            _objects[target] = descriptor;
    }

    internal nuint ExportsVariable()
    {
        lock (_gate)
        {
            if (_exports == 0)
                _exports = SeExportsTable.Make(executive);
            return _exports;
        }
    }
}
