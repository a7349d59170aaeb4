namespace OpenWsk.Provider;

internal sealed class WskNmrModule(WskProvider provider)
{
    public void Register() { _ = provider; }
}
