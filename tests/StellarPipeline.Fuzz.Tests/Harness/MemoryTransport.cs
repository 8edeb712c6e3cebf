using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>An archive with one file, whatever it is called.</summary>
internal sealed class MemoryTransport(byte[] file) : IArchiveTransport
{
    public string Location => "memory";

    public ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ArchiveObject?>(
            new ArchiveObject(new MemoryStream(file, (int)offset, file.Length - (int)offset, writable: false), path, file.Length));
}
