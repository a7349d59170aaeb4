/* sal.h: the source annotations of the Microsoft compiler's analysis, all empty here.
 * A driver's annotations compile and say nothing; clang and gcc do not read them.
 * It knows nothing about types. The annotations of drivers (_IRQL_requires_max_ and its like) are in
 * driverspecs.h, which this file includes, because drivers often get them without including that header. */
#ifndef OPENWSK_SAL_H
#define OPENWSK_SAL_H

/* Parameters that are read, written or both. */
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_bytes_(size)
#define _In_reads_bytes_opt_(size)
#define _In_reads_z_(count)
#define _In_reads_opt_z_(count)
#define _In_reads_or_z_(count)
#define _In_reads_to_ptr_(end)
#define _In_range_(low, high)
#define _In_count_(count)
#define _In_bytecount_(size)
#define _Inout_
#define _Inout_opt_
#define _Inout_z_
#define _Inout_opt_z_
#define _Inout_updates_(count)
#define _Inout_updates_opt_(count)
#define _Inout_updates_z_(count)
#define _Inout_updates_to_(count, used)
#define _Inout_updates_all_(count)
#define _Inout_updates_bytes_(size)
#define _Inout_updates_bytes_opt_(size)
#define _Inout_updates_bytes_to_(size, used)
#define _Inout_updates_bytes_all_(size)
#define _Out_
#define _Out_opt_
#define _Out_writes_(count)
#define _Out_writes_opt_(count)
#define _Out_writes_z_(count)
#define _Out_writes_opt_z_(count)
#define _Out_writes_all_(count)
#define _Out_writes_all_opt_(count)
#define _Out_writes_to_(count, used)
#define _Out_writes_to_opt_(count, used)
#define _Out_writes_bytes_(size)
#define _Out_writes_bytes_opt_(size)
#define _Out_writes_bytes_all_(size)
#define _Out_writes_bytes_all_opt_(size)
#define _Out_writes_bytes_to_(size, used)
#define _Out_writes_bytes_to_opt_(size, used)
#define _Out_range_(low, high)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_nullonfailure_
#define _Outptr_opt_result_maybenull_
#define _Outptr_result_bytebuffer_(size)
#define _Outptr_result_bytebuffer_maybenull_(size)
#define _Outptr_result_buffer_(count)
#define _Outptr_result_buffer_maybenull_(count)
#define _Outptr_result_z_
#define _COM_Outptr_
#define _Outref_
#define _Deref_out_
#define _Deref_in_range_(low, high)
#define _Deref_out_range_(low, high)
#define _Reserved_
#define _Const_
#define _Pre_null_
#define _Pre_notnull_
#define _Pre_maybenull_
#define _Pre_valid_
#define _Pre_opt_valid_
#define _Pre_invalid_
#define _Pre_z_
#define _Pre_readable_size_(count)
#define _Pre_writable_size_(count)
#define _Pre_readable_byte_size_(size)
#define _Pre_writable_byte_size_(size)
#define _Pre_satisfies_(condition)
#define _Pre_defensive_
#define _Post_null_
#define _Post_notnull_
#define _Post_maybenull_
#define _Post_valid_
#define _Post_invalid_
#define _Post_ptr_invalid_
#define _Post_z_
#define _Post_readable_size_(count)
#define _Post_writable_size_(count)
#define _Post_readable_byte_size_(size)
#define _Post_writable_byte_size_(size)
#define _Post_satisfies_(condition)
#define _Post_equal_to_(value)
#define _Post_
#define _Pre_
#define _Prepost_z_

/* Results, members, types and conditions. */
#define _Ret_
#define _Ret_z_
#define _Ret_opt_z_
#define _Ret_null_
#define _Ret_notnull_
#define _Ret_maybenull_
#define _Ret_maybenull_z_
#define _Ret_valid_
#define _Ret_range_(low, high)
#define _Ret_writes_(count)
#define _Ret_writes_z_(count)
#define _Ret_writes_bytes_(size)
#define _Ret_writes_bytes_to_(size, used)
#define _Ret_writes_maybenull_(count)
#define _Ret_writes_bytes_maybenull_(size)
#define _Result_nullonfailure_
#define _Result_zeroonfailure_
#define _Return_type_success_(condition)
#define _Success_(condition)
#define _On_failure_(annotations)
#define _Always_(annotations)
#define _When_(condition, annotations)
#define _At_(target, annotations)
#define _At_buffer_(target, iterator, bound, annotations)
#define _Group_(annotations)
#define _Field_size_(count)
#define _Field_size_opt_(count)
#define _Field_size_full_(count)
#define _Field_size_full_opt_(count)
#define _Field_size_part_(count, used)
#define _Field_size_part_opt_(count, used)
#define _Field_size_bytes_(size)
#define _Field_size_bytes_opt_(size)
#define _Field_size_bytes_full_(size)
#define _Field_size_bytes_full_opt_(size)
#define _Field_size_bytes_part_(size, used)
#define _Field_size_bytes_part_opt_(size, used)
#define _Field_range_(low, high)
#define _Field_z_
#define _Struct_size_bytes_(size)
#define _Readable_bytes_(size)
#define _Readable_elements_(count)
#define _Writable_bytes_(size)
#define _Writable_elements_(count)
#define _Null_terminated_
#define _NullNull_terminated_
#define _Notnull_
#define _Maybenull_
#define _Null_
#define _Valid_
#define _Notvalid_
#define _Literal_
#define _Notliteral_
#define _Printf_format_string_
#define _Printf_format_string_params_(number)
#define _Scanf_format_string_
#define _Check_return_
#define _Must_inspect_result_
#define _Points_to_data_
#define _Strict_type_match_
#define _Use_decl_annotations_
#define _Function_class_(name)
#define _Enum_is_bitflag_
#define _Analysis_assume_(condition)
#define _Analysis_assume_nullterminated_(text)
#define _Analysis_noreturn_
#define _Analysis_suppress_lock_checking_(lock)
#define _Analysis_mode_(mode)
#define _Raises_SEH_exception_
#define _Maybe_raises_SEH_exception_
#define _Interlocked_
#define _Interlocked_operand_
#define _Guarded_by_(lock)
#define _Write_guarded_by_(lock)
#define _Has_lock_kind_(kind)
#define _Has_lock_level_(level)
#define _Lock_level_order_(a, b)
#define _Create_lock_level_(level)
#define _Post_same_lock_(a, b)
#define _Acquires_lock_(lock)
#define _Acquires_shared_lock_(lock)
#define _Acquires_exclusive_lock_(lock)
#define _Acquires_nonreentrant_lock_(lock)
#define _Releases_lock_(lock)
#define _Releases_shared_lock_(lock)
#define _Releases_exclusive_lock_(lock)
#define _Releases_nonreentrant_lock_(lock)
#define _Requires_lock_held_(lock)
#define _Requires_lock_not_held_(lock)
#define _Requires_shared_lock_held_(lock)
#define _Requires_exclusive_lock_held_(lock)
#define _Requires_no_locks_held_
#define _Old_(value)
#define _Curr_
#define _Param_(number)
#define _Inexpressible_(value)
#define _SA_annotes0(a)
#define _SA_annotes1(a, b)
#define __analysis_assume(condition)
#define __analysis_assert(condition)
#define __analysis_hint(hint)

/* The older spellings. */
#ifndef __in
#define __in
#define __in_opt
#define __in_bcount(size)
#define __in_bcount_opt(size)
#define __in_ecount(count)
#define __in_ecount_opt(count)
#define __in_z
#define __inout
#define __inout_opt
#define __inout_bcount(size)
#define __inout_bcount_opt(size)
#define __inout_ecount(count)
#define __out
#define __out_opt
#define __out_bcount(size)
#define __out_bcount_opt(size)
#define __out_bcount_part(size, used)
#define __out_ecount(count)
#define __out_ecount_opt(count)
#define __deref_out
#define __deref_out_opt
#define __deref_opt_out
#define __reserved
#define __field_bcount(size)
#define __field_ecount(count)
#define __checkReturn
#define __success(condition)
#define __nullterminated
#define __callback
#define __volatile
#define __deref
#define __notnull
#define __maybenull
#endif

#include <driverspecs.h>

#endif
