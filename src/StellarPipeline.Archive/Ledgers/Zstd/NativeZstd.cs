using System.Runtime.InteropServices;

namespace StellarPipeline.Archive.Ledgers.Zstd;

/// <summary>The functions of the system's libzstd, which is optional and loaded once.</summary>
/// <remarks>Signatures: zstd.h of 1.4.0 and later, the first version whose decompression context has a reset.</remarks>
internal sealed unsafe class NativeZstd
{
    public const int ResetSession = 1;
    private const uint MinVersion = 10400;

    public readonly delegate* unmanaged[Cdecl]<void*> CreateContext;
    public readonly delegate* unmanaged[Cdecl]<void*, nuint> FreeContext;
    public readonly delegate* unmanaged[Cdecl]<void*, int, nuint> Reset;
    public readonly delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint*, void*, nuint, nuint*, nuint> Decompress;
    public readonly delegate* unmanaged[Cdecl]<nuint, uint> IsError;
    public readonly delegate* unmanaged[Cdecl]<nuint, nint> ErrorName;

    private NativeZstd(nint library, uint version)
    {
        Version = FormattableString.Invariant($"{version / 10000}.{version / 100 % 100}.{version % 100}");
        CreateContext = (delegate* unmanaged[Cdecl]<void*>)NativeLibrary.GetExport(library, "ZSTD_createDCtx");
        FreeContext = (delegate* unmanaged[Cdecl]<void*, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDCtx");
        Reset = (delegate* unmanaged[Cdecl]<void*, int, nuint>)NativeLibrary.GetExport(library, "ZSTD_DCtx_reset");
        Decompress = (delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint*, void*, nuint, nuint*, nuint>)NativeLibrary.GetExport(
            library, "ZSTD_decompressStream_simpleArgs");
        IsError = (delegate* unmanaged[Cdecl]<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
        ErrorName = (delegate* unmanaged[Cdecl]<nuint, nint>)NativeLibrary.GetExport(library, "ZSTD_getErrorName");
    }

    /// <summary>The library; null if the system has no usable one.</summary>
    public static NativeZstd? Loaded { get; } = Load();

    public string Version { get; }

    // Only system folders: a library in the data folder or the working directory is not trusted.
    private static NativeZstd? Load()
    {
        string[] names = OperatingSystem.IsWindows() ? ["libzstd.dll"] : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib"] : ["libzstd.so.1"];
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, typeof(NativeZstd).Assembly, DllImportSearchPath.SafeDirectories, out nint library))
                continue;
            try
            {
                uint version = ((delegate* unmanaged[Cdecl]<uint>)NativeLibrary.GetExport(library, "ZSTD_versionNumber"))();
                if (version >= MinVersion)
                    return new NativeZstd(library, version);
            }
            catch (EntryPointNotFoundException)
            {
                // A build without one of the functions is not usable.
            }
        }

        return null;
    }
}
