// What a loader must know of an image's load configuration directory: where the security cookie and the two
// pointers of Control Flow Guard lie. It knows nothing about their values; see Mapping/ImageMapper.cs.
namespace OpenWsk.Loader;

/// <summary>RVAs of the slots that the loader fills; 0 where the image has none.</summary>
internal readonly record struct LoadConfiguration(uint CookieRva, uint GuardCheckRva, uint GuardDispatchRva);
