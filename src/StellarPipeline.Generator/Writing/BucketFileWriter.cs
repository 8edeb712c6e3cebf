using System.IO.Compression;
using System.Security.Cryptography;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Writing;

/// <summary>
/// Writes one bucket file in one pass: frames records, hashes and compresses them, and names the file by its hash at the end.
/// </summary>
/// <remarks>
/// Memory is constant: one buffer of about <see cref="FlushBytes"/>. A writer disposed without <see cref="Complete"/> leaves no file.
/// </remarks>
internal sealed class BucketFileWriter : IDisposable
{
    /// <summary>Uncompressed bytes that are collected before they are hashed and compressed.</summary>
    public const int FlushBytes = 256 * 1024;

    private readonly string archiveFolder;
    private readonly string pendingPath;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream file;
    private readonly GZipStream gzip;
    private long flushedBytes;
    private long records;
    private bool completed;

    /// <summary>Opens a bucket file under a temporary name.</summary>
    /// <param name="archiveFolder">The archive's folder; it must exist.</param>
    /// <param name="pendingName">A file name that no other open writer of the same archive uses.</param>
    /// <param name="level">The gzip compression level.</param>
    public BucketFileWriter(string archiveFolder, string pendingName, CompressionLevel level = CompressionLevel.Fastest)
    {
        this.archiveFolder = archiveFolder;
        pendingPath = Path.Combine(archiveFolder, $".pending-{pendingName}.gz");
        file = new FileStream(pendingPath, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        gzip = new GZipStream(file, level, leaveOpen: true);
        Buffer = new XdrWriter(FlushBytes + (64 * 1024));
    }

    /// <summary>The buffer for the body of a record, between <see cref="BeginRecord"/> and <see cref="EndRecord"/>.</summary>
    public XdrWriter Buffer { get; }

    /// <summary>Records written so far.</summary>
    public long Records => records;

    /// <summary>Starts a record: reserves space for its mark and writes the arm.</summary>
    /// <param name="arm">The arm.</param>
    /// <returns>The argument of <see cref="EndRecord"/>.</returns>
    public int BeginRecord(RecordArm arm)
    {
        int start = Buffer.BeginRecord();
        Buffer.WriteInt32((int)arm);
        return start;
    }

    /// <summary>Ends a record; hashes and compresses the buffer if it is full.</summary>
    /// <param name="start">The return value of <see cref="BeginRecord"/>.</param>
    public void EndRecord(int start)
    {
        Buffer.EndRecord(start);
        records++;
        if (Buffer.Length >= FlushBytes) Flush();
    }

    /// <summary>Writes a whole record.</summary>
    /// <param name="record">The record.</param>
    public void Append(in BucketRecord record)
    {
        int start = BeginRecord(record.Arm);
        Buffer.WriteRaw(record.Body.Span);
        EndRecord(start);
    }

    /// <summary>Writes bytes unchanged, so that damaged files can be made too.</summary>
    /// <param name="bytes">Any bytes; they count as one record.</param>
    public void AppendRaw(ReadOnlySpan<byte> bytes)
    {
        Buffer.WriteRaw(bytes);
        records++;
        if (Buffer.Length >= FlushBytes) Flush();
    }

    /// <summary>Completes the file and moves it to the path that its hash determines.</summary>
    /// <returns>The written file.</returns>
    public BucketFile Complete()
    {
        Flush();
        gzip.Dispose();
        if (file.Length == 0) file.Write(GzipFiles.EmptyMember);
        long compressedBytes = file.Length;
        file.Dispose();
        string hash = Convert.ToHexStringLower(this.hash.GetHashAndReset());
        string path = Path.Combine(this.archiveFolder, ArchivePaths.OfBucket(hash));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(pendingPath, path, overwrite: true);
        completed = true;
        return new BucketFile(hash, records, flushedBytes, compressedBytes);
    }

    /// <summary>Closes the file, and deletes it unless it is complete.</summary>
    public void Dispose()
    {
        gzip.Dispose();
        file.Dispose();
        this.hash.Dispose();
        Buffer.Dispose();
        if (!completed) File.Delete(pendingPath);
    }

    private void Flush()
    {
        if (Buffer.Length == 0) return;
        this.hash.AppendData(Buffer.WrittenSpan);
        gzip.Write(Buffer.WrittenSpan);
        flushedBytes += Buffer.Length;
        Buffer.Clear();
    }
}
