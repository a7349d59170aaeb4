// The cryptographic service of the executive: it only composes. Next: CryptoService.cs.
// It knows nothing about algorithms.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    internal CryptoService Crypto { get; private set; } = null!;

    private void InitializeCrypto()
    {
        Crypto = new CryptoService(this);
        AddLeftoverSource(Crypto.CollectLeftovers);
    }
}
